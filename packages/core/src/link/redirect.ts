import type { HttpRequest } from '@microsoft/signalr';
import type { RecordingHttpClient, RedirectAnswer } from './negotiation.js';

/**
 * Negotiate names another address. SignalR’s client takes the app’s token there where it was given none for that place, and we
 * would take the anti-forgery headers of its cookies. Both stay within the app’s origin;
 * `signalr.headers` go along, as documented.
 *
 * @param own headers that the next requests of this link would carry
 */
export function follow(
  http: RecordingHttpClient,
  { url = '', accessToken }: RedirectAnswer,
  asked: string,
  sent: HttpRequest['headers'],
  own: Record<string, string>,
): void {
  const { origin } = new URL(url);
  if (origin === new URL(asked).origin) return;
  for (const name of Object.keys(own)) delete own[name];
  if (accessToken || !sent?.['Authorization']) return;
  const cause = new Error(`It redirects to ${origin} without an \`accessToken\` for that host, and yours stays here.`);
  http.failure = { kind: 'configuration', cause };
  throw cause;
}
