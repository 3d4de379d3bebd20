import { asError, HubError } from '../vocabulary/errors.js';

/** What SignalR and fetch say when a call’s connection is about to go, or had just gone. */
const lost =
  /^(Invocation canceled|Cannot send|Connection stopped|WebSocket is not|HTTP |Load failed|A timeout|.*fetch)/;
/** What the server says of a call that it has taken. */
const answered = / invok|because user is unauthorized/;

/**
 * Makes the typed error of a failed hub call. ASP.NET Core tells refusals and failures apart by text only; a
 * `HubException` is the server’s considered answer, anything else may pass.
 *
 * @param gone the link has ended: each platform has its own words for a request that ended with it
 */
export function callError(thrown: unknown, method: string, gone: boolean): HubError {
  const cause = asError(thrown);
  const text = cause.message;
  if (lost.test(text) || (gone && !answered.test(text))) {
    return new HubError('connection-lost', `The connection was lost under '${method}'.`, {
      cause,
      method,
      sent: 'unknown',
    });
  }
  if (text.includes('because user is unauthorized')) {
    return new HubError('method-forbidden', `The user may not call '${method}'.`, { cause, method, sent: 'yes' });
  }
  const said = /\bHubException: ([^]*)$/.exec(text)?.[1];
  const retryable = !said && text.startsWith('An unexpected error');
  // An argument that cannot be serialised never left.
  const sent = text.includes(' invok') ? 'yes' : cause instanceof TypeError ? 'no' : 'unknown';
  return new HubError('method-failed', said ?? text, { cause, method, sent, retryable });
}
