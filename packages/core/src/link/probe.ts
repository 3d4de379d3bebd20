import type { ResolvedOptions } from '../vocabulary/options.js';
import { below } from './address.js';
import type { Failure } from './failure.js';
import type { Link } from './link.js';
import { wordingOf } from './wordings.js';

/**
 * A refused WebSocket shows no status, in no browser (WHATWG WebSockets §4: that would let pages scan a network). With
 * `skipNegotiation` nothing else was asked, and a 401 looks like no network. So negotiate is asked once: who refuses the one
 * refuses the other.
 *
 * @param cause what SignalR says: it may be no refusal at all
 * @returns what was seen; null where there is no answer either, or one that says nothing about the socket
 */
export async function probeNegotiate(
  { http, url, context: { token } }: Link,
  { headers, timeout, withCredentials }: ResolvedOptions['signalr'],
  cause: unknown,
): Promise<Failure | null> {
  if (wordingOf(cause)) return null;
  try {
    await http.send({
      method: 'POST',
      url: below(url, 'negotiate', 'negotiateVersion=1'),
      headers: { ...headers, ...(token && { Authorization: `Bearer ${token}` }) },
      timeout,
      withCredentials,
    });
  } catch {
    // The status, if there was one, has been noted.
  }
  const { failure } = http;
  // A server may take WebSockets alone, and call any other request a bad one.
  return failure?.kind === 'status' && /^(40[1348]|42[59]|5..)$/.test(`${failure.status}`) ? failure : null;
}
