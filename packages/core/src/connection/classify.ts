/**
 * Retry or stop? Every failure gets its verdict here and nowhere else. Pure.
 */
import type { Failure } from '../link/failure.js';
import { asError, HubError, type HubErrorCode, type HubErrorDetails } from '../vocabulary/errors.js';
import { redact } from '../vocabulary/log.js';

export interface Situation {
  /** Address of the hub, for messages. */
  readonly url: string;
  /** This client has been connected before. */
  readonly connectedBefore: boolean;
  /** Tries that have failed in a row. */
  readonly attempt: number;
  /** The link had a token, or cookies: fresh ones may help. */
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
  /** `challenge` is the server’s `WWW-Authenticate`, where it can be seen; less a token that it quotes. */
  | { readonly action: 'stop'; readonly error: HubError; readonly challenge: string | null }
  /** `fresh`: with another token than this one. `delay`: ms; null for a back-off. */
  | { readonly action: 'retry'; readonly error: HubError; readonly fresh: boolean; readonly delay: number | null };

/** SignalR says it with words only. */
const wordings: [kind: 'protocol' | 'timeout' | 'not-a-hub' | 'configuration', words: RegExp][] = [
  ['configuration', /Invalid URL/],
  ['protocol', /handshake (error|response)/],
  ['timeout', /timeout/i],
  // Negotiate was answered with a page, by the old SignalR, or with transports that nobody has.
  ['not-a-hub', /SyntaxError|ASP\.NET SignalR|of the transports/],
];

function explained(failure: Failure): Failure {
  const { kind, cause } = failure;
  const wording = kind === 'unreachable' && wordings.find(([, words]) => words.test(String(cause)));
  return wording ? { kind: wording[0], cause } : failure;
}

export function classify(
  failed: Failure,
  { url, hasToken, refreshed, connectedBefore, attempt, nearExpiry, young, unseen }: Situation,
): Verdict {
  const failure = explained(failed);
  const { cause } = failure;
  const said = asError(cause).message;
  const error = (code: HubErrorCode, message: string, details?: HubErrorDetails): HubError =>
    new HubError(code, message, { cause, ...details });
  const stop = (reason: HubError, challenge: string | null = null): Verdict => ({
    action: 'stop',
    error: reason,
    challenge,
  });
  const retry = (reason: HubError, fresh = false, delay: number | null = null): Verdict => ({
    action: 'retry',
    error: reason,
    fresh,
    delay,
  });
  const lost = (message = 'The connection was lost.'): HubError =>
    error('connection-lost', message, { remediation: 'It is tried again by itself.' });

  switch (failure.kind) {
    case 'status': {
      const { status, challenge, retryAfter } = failure;
      const answered = (code: HubErrorCode): HubError =>
        error(code, `The server answered ${status} at ${url}. ${challenge ?? ''}`, { status });
      if (status === 401 || status === 403) {
        const refusal = answered(status === 401 ? 'unauthorized' : 'forbidden');
        // Once: the token may have been revoked, or roles may be newer in a new one.
        return hasToken && !refreshed ? retry(refusal, true, 0) : stop(refusal, challenge && redact(challenge));
      }
      // After a connection has worked, a 404 is a deploy, or a server that another one has not told of this connection.
      if (status === 404 && !connectedBefore) return stop(answered('not-a-hub'));
      // Overload and faults pass; the server may say when (RFC 9110 §10.2.3). A time that has passed, by our clock, says nothing.
      if (/^(40[48]|42[59]|5..)$/.test(`${status}`))
        return retry(answered('unreachable'), false, (retryAfter ?? 0) > 0 ? retryAfter : null);
      return stop(answered('rejected'));
    }
    case 'not-a-hub': {
      // Something else answers at this address: a wrong path, or a single-page app’s fallback. Later: a page of a proxy.
      const nowhere = error(connectedBefore ? 'unreachable' : failure.kind, `There is no hub at ${url}.`);
      return connectedBefore ? retry(nowhere) : stop(nowhere);
    }
    case 'unreachable':
    case 'timeout':
      // A refused socket and a 401 without CORS headers look like no network: after a while, the token is given a chance.
      return retry(error(failure.kind, `The hub at ${url} does not answer.`), unseen && hasToken);
    case 'protocol':
      // The server speaks another protocol or version; the same words would get the same answer.
      return stop(error('protocol', `No common protocol: ${said}`));
    case 'lost':
      // 1006: a network, a proxy, a deploy. Nothing is wrong with the token.
      return retry(lost());
    case 'closed-by-server':
      // At expiry, or right after a connect (an expired token within the server’s clock skew): another token, at once; if
      // that does not help, not at once again.
      if (failure.allowReconnect) {
        const expired = nearExpiry || young;
        return retry(lost(), expired && hasToken, expired && !attempt ? 0 : null);
      }
      // OnConnectedAsync threw: a database that is down comes back.
      if (cause) return retry(lost(`The server closed the connection: ${said}`));
      // Context.Abort(): the server wants this client gone.
      return stop(error('server-closed', 'The server ended the connection (Context.Abort).'));
    case 'source':
      // Only a new sign-in helps; anything else may pass.
      return failure.cause.code === 'session-ended' ? stop(failure.cause) : retry(failure.cause);
    case 'configuration':
      // Nothing but other options would help.
      return stop(error('configuration', `No connection to ${url}: ${said}`));
    case 'url':
    case 'prepare':
    case 'rotation':
      // The app’s own step failed: a start that failed like any other.
      return retry(lost(`\`${failure.kind}\` failed: ${said}`));
    default:
      return failure satisfies never;
  }
}
