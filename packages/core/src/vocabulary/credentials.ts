import type { Credentials, TokenCredentials } from '../sources/token-source.js';

/** Cookies and visitors have neither token nor expiry. */
type Given = Partial<TokenCredentials> | null | undefined;

/** The bearer token; undefined for cookies and visitors. */
export function tokenOf(credentials: Credentials | null | undefined): string | undefined {
  return (credentials as Given)?.token;
}

/** Epoch ms; Infinity where nobody says when. */
export function expiryOf(credentials: Credentials | null | undefined): number {
  return (credentials as Given)?.expiresAt || Infinity;
}

/** The same for whoever looks at it; null where nobody says when. */
export function shownExpiryOf(credentials: Credentials | null): number | null {
  const expiresAt = expiryOf(credentials);
  return expiresAt < Infinity ? expiresAt : null;
}
