/**
 * Retry or stop? Every failure gets its verdict here and nowhere else. Pure.
 */
import type { Failure } from '../link/failure.js';
import { retryAfter } from '../link/retry-after.js';
import { wordingOf } from '../link/wordings.js';
import { asError, HubError, type HubErrorCode, type HubErrorDetails } from '../vocabulary/errors.js';
import type { HubEvent } from '../vocabulary/events.js';
import { redact } from '../vocabulary/log.js';
import type { HubOptions } from '../vocabulary/options.js';

export interface Situation {
  /** Address of the hub, for messages: a query may hold a secret, and stays out of them. */
  readonly url: HubOptions['url'];
  /** This client has been connected before. */
  readonly connectedBefore: boolean;
  /** Tries that have failed in a row. */
  readonly attempt: number;
  /** The link had a token, or cookies: fresh ones may help. */
  readonly credentials: { readonly token?: string; readonly cookie?: true } | null | undefined;
  /** A status that a fresh token has been tried against already. */
  readonly refused: boolean;
  /** The token of the link expires soon, or has. Not asked of a link that is still there, nor are the next three. */
  readonly nearExpiry?: boolean;
  /** The link was open for less than `stableAfter`. */
  readonly young?: boolean;
  /** Since when nothing has answered that shows a status, with one and the same token; epoch ms, 0 where something has. */
  readonly unseenSince?: number;
  /** As far as the browser knows. */
  readonly online?: boolean;
  /** Epoch ms. */
  readonly now: number;
}

export type Verdict =
  /** `event` is told with it; its challenge is the server’s `WWW-Authenticate`, where it can be seen, less a token that it quotes. */
  | { readonly action: 'stop'; readonly error: HubError; readonly event?: HubEvent }
  /** `fresh`: with another token than this one. `delay`: ms; null for a back-off. `unseenSince`: from now on. */
  | {
      readonly action: 'retry';
      readonly error: HubError;
      readonly fresh: boolean;
      readonly delay: number | null;
      readonly unseenSince: number;
    };

function explained(failure: Failure): Failure {
  const { kind, cause } = failure;
  const said = kind === 'unreachable' && wordingOf(cause);
  return said ? { kind: said, cause } : failure;
}

export function classify(
  failed: Failure,
  {
    url: given,
    credentials,
    refused,
    connectedBefore,
    attempt,
    nearExpiry,
    young,
    unseenSince = 0,
    online,
    now,
  }: Situation,
): Verdict {
  const failure = explained(failed);
  const url = typeof given === 'string' ? given.replace(/[?#].*/, '') : 'the given address';
  const hasToken = !!credentials;
  const cause = failure.kind === 'closed-by-server' ? failure.error && asError(failure.error) : failure.cause;
  const said = asError(cause).message;
  const unseen = failure.kind === 'unreachable' || failure.kind === 'timeout';
  const error = (code: HubErrorCode, message: string, details?: HubErrorDetails): HubError =>
    new HubError(code, message, { cause, ...details });
  const stop = (reason: HubError, event?: HubEvent): Verdict => ({
    action: 'stop',
    error: reason,
    ...(event && { event }),
  });
  const retry = (reason: HubError, fresh = false, delay: number | null = null): Verdict => ({
    action: 'retry',
    error: reason,
    fresh,
    delay,
    unseenSince: failure.kind === 'source' ? unseenSince : fresh || !unseen ? 0 : unseenSince || now,
  });
  const lost = (message = 'The connection was lost.'): HubError =>
    error('connection-lost', message, { remediation: 'It is tried again.' });

  switch (failure.kind) {
    case 'status': {
      const { status, response } = failure;
      // The server may quote a token, or a part of it; an opaque one looks like nothing.
      const challenge = (response.headers.get('www-authenticate') ?? '').replace(/[\w~+/-]{8,}=*/g, (word) =>
        credentials?.token?.includes(word) ? '[redacted]' : word,
      );
      const answered = (code: HubErrorCode): HubError =>
        error(code, `The server answered ${status} at ${url}. ${challenge}`, { status });
      if (status === 401 || status === 403) {
        const type = status === 401 ? 'unauthorized' : 'forbidden';
        const refusal = answered(type);
        const shown = challenge && { challenge: redact(challenge) };
        // Once: the token may have been revoked, or roles may be newer in a new one.
        return hasToken && !refused
          ? retry(refusal, true, attempt ? null : 0)
          : stop(refusal, { type, status, error: refusal, ...shown } as HubEvent);
      }
      // After a connection has worked, a 404 is a deploy, or a server that another one has not told of this connection.
      if (status === 404 && !connectedBefore) return stop(answered('not-a-hub'));
      // Overload and faults pass; the server may say when (RFC 9110 §10.2.3). A time that has passed, by our clock, says nothing.
      if (/^(40[48]|42[59]|5..)$/.test(`${status}`))
        return retry(answered('unreachable'), false, retryAfter(response, now));
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
      return retry(
        error(failure.kind, `The hub at ${url} does not answer.`),
        hasToken && online && !!unseenSince && now - unseenSince >= 30_000,
      );
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
