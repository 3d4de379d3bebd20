/**
 * Retry or stop? Every failure gets its verdict here and nowhere else. Pure.
 */
import type { LinkFailure } from '../link/failure.js';
import { HubError } from '../vocabulary/errors.js';

export type Failure =
  | LinkFailure
  /** The source threw. `retryIn`: ms, after which it may be asked again. */
  | { kind: 'source'; error: HubError; retryIn: number }
  /** No link can be made of what the app gave. */
  | { kind: 'configuration'; cause: unknown }
  /** The app’s `prepare`, or its `url` function, threw. */
  | { kind: 'app'; cause: unknown; what: 'prepare' | 'url' };

export interface Situation {
  /** Address of the hub, for messages. */
  readonly url: string;
  /** This client has been connected before. */
  readonly connectedBefore: boolean;
  /** Tries that have failed in a row. */
  readonly attempt: number;
  /** The link had a token: a fresh one may help. */
  readonly hasToken: boolean;
  /** A status that a fresh token has been tried against already. */
  readonly refreshed: boolean;
  /** The token of the link expires soon, or has. */
  readonly nearExpiry: boolean;
  /** The link was open for less than `stableAfter`. */
  readonly young: boolean;
  /** No status has been seen for 30 s with one and the same token, although the browser is online. */
  readonly unseen: boolean;
}

export type Verdict =
  | { readonly action: 'stop'; readonly error: HubError; readonly challenge?: string | null }
  /** `when`: at once, after a back-off, or not before so many ms. `fresh`: with another token than this one. */
  | { readonly action: 'retry'; readonly error: HubError; readonly when: 'now' | 'backoff' | { readonly ms: number }; readonly fresh: boolean };

export function classify(failure: Failure, situation: Situation): Verdict {
  switch (failure.kind) {
    case 'status':
      return classifyStatus(failure, situation);
    case 'not-a-hub':
      // Something else answers at this address: a wrong path, or a single-page app’s fallback.
      return notAHub(failure.cause, situation);
    case 'unreachable': {
      const error = new HubError('unreachable', `The hub at ${situation.url} cannot be reached.`, { cause: failure.cause });
      // A refused socket and a 401 without CORS headers look like no network: after a while, the token is given a chance.
      return retry(error, 'backoff', situation.unseen && situation.hasToken);
    }
    case 'timeout':
      return retry(new HubError('timeout', `The hub at ${situation.url} did not answer in time.`, { cause: failure.cause }), 'backoff', situation.unseen && situation.hasToken);
    case 'protocol':
      // The server speaks another protocol or version; the same words would get the same answer.
      return stop(new HubError('protocol', `The server and this client do not understand each other: ${text(failure.cause)}`, { cause: failure.cause }));
    case 'closed-by-server':
      return classifyClose(failure, situation);
    case 'lost':
      // 1006: a network, a proxy, a deploy. Nothing is wrong with the token.
      return retry(lost(failure.cause), 'backoff', false);
    case 'source':
      // Only a new sign-in helps.
      if (failure.error.code === 'session-ended') return stop(failure.error);
      return retry(failure.error, { ms: failure.retryIn }, false);
    case 'configuration':
      // Nothing but other options would help.
      return stop(new HubError('configuration', `No connection can be made to ${situation.url}: ${text(failure.cause)}`, { cause: failure.cause }));
    case 'app': {
      // The app’s own step failed: a start that failed like any other.
      const error = new HubError('connection-lost', `\`${failure.what}\` failed: ${text(failure.cause)}`, {
        cause: failure.cause,
        remediation: `Look at what \`${failure.what}\` does; it is tried again by itself.`,
      });
      return retry(error, 'backoff', false);
    }
    default:
      return failure satisfies never;
  }
}

function classifyStatus(failure: LinkFailure & { kind: 'status' }, situation: Situation): Verdict {
  const { status, challenge, cause } = failure;
  if (status === 401 || status === 403) {
    const code = status === 401 ? 'unauthorized' : 'forbidden';
    const said = challenge ? ` It says: ${challenge}` : '';
    const error = new HubError(code, `The server answered ${status} to this ${situation.hasToken ? 'token' : 'visitor'}.${said}`, { status, cause });
    // Once: the token may have been revoked, or roles may be newer in a new one.
    if (situation.hasToken && !situation.refreshed) return retry(error, 'now', true);
    return { action: 'stop', error, challenge };
  }
  if (status === 404) {
    // After a connection has worked, a 404 is a deploy or a negotiate that met another server.
    return situation.connectedBefore ? retry(unreachable(failure, situation), wait(failure), false) : notAHub(cause, situation, status);
  }
  // Overload and faults pass; the server may say when (RFC 9110 §10.2.3).
  if (status === 408 || status === 425 || status === 429 || status >= 500) return retry(unreachable(failure, situation), wait(failure), false);
  return stop(new HubError('rejected', `The server answered ${status} at ${situation.url}.`, { status, cause }));
}

function classifyClose(failure: LinkFailure & { kind: 'closed-by-server' }, situation: Situation): Verdict {
  if (failure.allowReconnect) {
    const error = lost(failure.cause);
    // At expiry, or at once after a connect (an expired token within the server's clock skew): another token, at once, and
    // if that does not help, not at once again.
    if (situation.nearExpiry || situation.young) return retry(error, situation.attempt === 0 ? 'now' : 'backoff', situation.hasToken);
    return retry(error, 'backoff', false);
  }
  // OnConnectedAsync threw: a database that is down comes back.
  if (failure.cause) {
    return retry(new HubError('server-closed', `The server closed the connection: ${failure.cause.message}`, { cause: failure.cause, retryable: true, remediation: 'Look at the server’s log: OnConnectedAsync failed. It is tried again by itself.' }), 'backoff', false);
  }
  // Context.Abort(): the server wants this client gone.
  return stop(new HubError('server-closed', 'The server ended the connection and does not allow to reconnect.'));
}

function retry(error: HubError, when: (Verdict & { action: 'retry' })['when'], fresh: boolean): Verdict {
  return { action: 'retry', error, when, fresh };
}

function stop(error: HubError): Verdict {
  return { action: 'stop', error };
}

function wait(failure: LinkFailure & { kind: 'status' }): 'backoff' | { ms: number } {
  return failure.retryAfter === null ? 'backoff' : { ms: failure.retryAfter };
}

function unreachable({ status, cause }: LinkFailure & { kind: 'status' }, { url }: Situation): HubError {
  return new HubError('unreachable', `The hub at ${url} answered ${status}.`, { status, cause, remediation: 'Look at the server’s log; the next try is made by itself.' });
}

function notAHub(cause: unknown, { url }: Situation, status?: number): Verdict {
  return stop(new HubError('not-a-hub', `There is no SignalR hub at ${url}.`, { cause, status }));
}

function lost(cause: unknown): HubError {
  return new HubError('connection-lost', 'The connection was lost.', { cause, remediation: 'It is made again by itself.' });
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
