import { below } from '../link/address.js';
import { LinkError } from '../link/failure.js';
import type { Link } from '../link/link.js';
import { now } from '../platform/clock.js';
import type { RenewInPlace } from '../vocabulary/options.js';

/** What negotiate says of a connection that can be renewed in place (.NET 11, dotnet/aspnetcore#67226). */
interface Offer {
  connectionToken?: string;
  tokenLifetimeSeconds?: number;
}

/** Null where the server does not offer it. A transport that failed, or a redirect, made more than one negotiate. */
export function offerOf({ http }: Link): Required<Offer> | null {
  const { connectionToken, tokenLifetimeSeconds } = Object.assign({}, ...http.offers) as Offer;
  return connectionToken && typeof tokenLifetimeSeconds === 'number' ? { connectionToken, tokenLifetimeSeconds } : null;
}

/**
 * `POST {hub}/refresh?id={connectionToken}` with the new token: the server moves the connection’s principal and expiry.
 *
 * @returns epoch ms of the new expiry, NaN where the server does not say it; judged from before the request, so never too late
 * @throws LinkError
 */
export async function refreshConnection(
  { http, url }: Link,
  { connectionToken }: Required<Offer>,
  token: string,
  settings: { timeout: number; withCredentials: boolean },
): Promise<number> {
  const asked = now();
  try {
    const { content } = await http.send({
      ...settings,
      method: 'POST',
      url: below(url, 'refresh', `id=${encodeURIComponent(connectionToken)}`),
      headers: { Authorization: `Bearer ${token}` },
    });
    return asked + (JSON.parse(content as string) as Required<Offer>).tokenLifetimeSeconds * 1000;
  } catch (cause) {
    // Another request of this link may have failed as well.
    const { failure } = http;
    throw new LinkError(failure?.cause === cause ? failure! : { kind: 'unreachable', cause });
  }
}

/** The app’s own way. @throws LinkError */
export async function renewByApp(renew: RenewInPlace, { context }: Link, token: string): Promise<number | undefined> {
  try {
    return (await renew({ ...context, token }))?.expiresAt;
  } catch (cause) {
    throw new LinkError({ kind: 'rotation', cause });
  }
}

/**
 * The server answered, and would answer the same again: this connection cannot be renewed, or not to these claims. Another
 * connection may do. Not so where the token is another user’s: it would be theirs.
 */
export async function isRefused(thrown: unknown): Promise<boolean> {
  if (!(thrown instanceof LinkError) || thrown.failure.kind !== 'status') return false;
  const { status, response } = thrown.failure;
  if (status !== 403) return status === 404;
  return response.text().then(
    (answer) => !answer.includes('user_changed'),
    () => false,
  );
}
