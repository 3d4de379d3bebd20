import type { HttpRequest } from '@microsoft/signalr';
import type { RecordingHttpClient, RedirectAnswer } from './negotiation.js';

/**
 * Negotiate names another address. SignalR’s client takes everything there: the headers of the app, and its token, where it
 * was given none for that place. What is the app’s own stays within its origin.
 *
 * @param own headers that the next requests of this link, and its socket in Node, would carry
 */
export function follow(
  http: RecordingHttpClient,
  { url = '', accessToken }: RedirectAnswer,
  asked: string,
  sent: HttpRequest['headers'],
  ...own: Record<string, string>[]
): void {
  const { origin } = new URL(url);
  if (origin === new URL(asked).origin) return;
  for (const headers of own) for (const name of Object.keys(headers)) delete headers[name];
  if (accessToken || !sent?.['Authorization']) return;
  const cause = new Error(`It redirects to ${origin} without an \`accessToken\` for that host, and yours stays here.`);
  http.failure = { kind: 'configuration', cause };
  throw cause;
}
