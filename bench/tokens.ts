/// <reference types="node" />
import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';

/** Signs tokens and keeps none: a list of them would be in the heap that is measured. */
export interface Issuer {
  /** Of the signatures (HS256); its UTF-8 bytes are the key. */
  readonly secret: string;
  /** A new token; its expiry is a whole second, so it may live up to a second less. @param expiresIn seconds */
  issue(expiresIn: number): Promise<string>;
}

export function createIssuer(): Issuer {
  const secret = randomBytes(32).toString('hex');
  const key = new TextEncoder().encode(secret);
  let count = 0;
  return {
    secret,
    issue(expiresIn) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT()
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject('ann')
        .setJti(String((count += 1)))
        .setIssuedAt(now)
        .setExpirationTime(now + expiresIn)
        .sign(key);
    },
  };
}

/** What people write around their token end point: it is asked when there is no token, or when that has expired. */
export function keptToken(ask: () => Promise<string>): () => Promise<string> {
  let token: string | null = null;
  return async () => {
    if (!token || expiryOf(token) <= Date.now()) token = await ask();
    return token;
  };
}

/** Epoch ms. */
function expiryOf(token: string): number {
  const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(claims) as { exp: number }).exp * 1000;
}
