import type { Credentials } from '../sources/token-source.js';

/** The bearer token; undefined for cookies and visitors. */
export function tokenOf(credentials: Credentials | null | undefined): string | undefined {
  return credentials && 'token' in credentials ? credentials.token : undefined;
}

/** Epoch ms; Infinity where nobody says when. */
export function expiryOf(credentials: Credentials | null): number {
  return (credentials && 'token' in credentials && credentials.expiresAt) || Infinity;
}
