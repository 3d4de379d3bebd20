import { asError, HubError } from '../vocabulary/errors.js';

/** What SignalR and fetch say when a call’s connection went away under it, or had just gone. */
const lost = /^(Invocation canceled|Cannot send|Connection stopped|WebSocket is not|HTTP |Load failed|.*fetch)/;

/**
 * Makes the typed error of a failed hub call. ASP.NET Core tells refusals and failures apart by text only; a
 * `HubException` is the server’s considered answer, anything else may pass.
 *
 * @param lostWith the error that the link ended with, if it has ended
 */
export function callError(thrown: unknown, method: string, lostWith?: unknown): HubError {
  const cause = asError(thrown);
  const text = cause.message;
  if (lost.test(text) || (lostWith && thrown === lostWith)) {
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
  // Without the server’s words it never left: an argument that cannot be serialised.
  const sent = text.includes(' invok') ? 'yes' : 'no';
  return new HubError('method-failed', said ?? text, { cause, method, sent, retryable });
}
