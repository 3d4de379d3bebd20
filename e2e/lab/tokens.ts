/// <reference types="node" />
import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { LabTokenRequest } from './lab.ts';

export interface TokenIssuer {
  readonly key: Uint8Array;
  issue(request: LabTokenRequest): Promise<string>;
  /** The ids of all tokens issued to this user so far. */
  issuedTo(sub: string): string[];
  setRoles(sub: string, roles: readonly string[]): void;
}

/**
 * Signs the tokens that both servers accept, with a key that lives as long as the lab.
 *
 * @param clock seconds by which the issuer's clock is ahead
 */
export function createTokenIssuer(clock = 0): TokenIssuer {
  const key = randomBytes(32);
  const issued = new Map<string, string[]>();
  const rolesOf = new Map<string, readonly string[]>();
  return {
    key,
    issue({ sub, expiresIn, roles = rolesOf.get(sub) ?? [] }) {
      const now = Math.floor(Date.now() / 1000) + clock;
      const jti = randomUUID();
      issued.set(sub, [...(issued.get(sub) ?? []), jti]);
      return new SignJWT({ roles })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(sub)
        .setJti(jti)
        .setIssuedAt(Math.min(now, now + expiresIn - 1))
        .setExpirationTime(now + expiresIn)
        .sign(key);
    },
    issuedTo: (sub) => issued.get(sub) ?? [],
    setRoles: (sub, roles) => void rolesOf.set(sub, roles),
  };
}
