import { HubRejection, type HubUser } from '@org/hub-testing';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';

export interface AccessTokens {
  /** Who a token speaks for. Throws a HubRejection: 401 for a token that is not good, 503 while the provider cannot be asked. */
  verify(token: string): Promise<HubUser>;
  /** Refuses every token that the user holds by now. */
  refuseUntilNow(userId: string): void;
}

interface Refusal {
  /** Epoch seconds, as `iat` is. */
  readonly before: number;
  /** Tokens of that very second that were seen before the refusal: `iat` is too coarse to tell them from the next one. */
  readonly ids: ReadonlySet<string>;
}

/** Access tokens of the provider, checked with its published keys; no clock tolerance, or an old token would connect and be closed at once. */
export function createAccessTokens(issuer: string, audience: string): AccessTokens {
  const keys = createRemoteJWKSet(new URL('/jwks', issuer));
  const refusals = new Map<string, Refusal>();
  const seen = new Map<string, { userId: string; issuedAt: number }>();

  return {
    async verify(token) {
      let claims: JWTPayload;
      try {
        ({ payload: claims } = await jwtVerify(token, keys, { issuer, audience, clockTolerance: 0 }));
      } catch (error) {
        throw rejection(error);
      }
      const { sub, iat = 0, exp = 0, jti = '', name, role } = claims;
      if (!sub) throw invalidToken('The token names nobody');

      const refusal = refusals.get(sub);
      if (refusal && (iat < refusal.before || refusal.ids.has(jti))) throw invalidToken('The token was withdrawn');
      remember(jti, sub, iat);

      return {
        userId: sub,
        name: typeof name === 'string' ? name : sub,
        roles: Array.isArray(role) ? role.map(String) : [],
        expiresAt: exp * 1000,
      };
    },
    refuseUntilNow(userId) {
      const before = Math.floor(Date.now() / 1000);
      const ids = [...seen]
        .filter(([, token]) => token.userId === userId && token.issuedAt >= before)
        .map(([id]) => id);
      refusals.set(userId, { before, ids: new Set([...ids, ...(refusals.get(userId)?.ids ?? [])]) });
    },
  };

  function remember(id: string, userId: string, issuedAt: number): void {
    seen.set(id, { userId, issuedAt });
    const recent = Math.floor(Date.now() / 1000) - 10;
    for (const [key, token] of seen) if (token.issuedAt < recent) seen.delete(key);
  }
}

function rejection(error: unknown): HubRejection {
  if (error instanceof errors.JWTExpired) return invalidToken('The token expired');
  // Only a network failure or the provider's own error says nothing about the token.
  if (error instanceof TypeError || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')) {
    return new HubRejection(503, { headers: { 'Retry-After': '2' } });
  }
  if (error instanceof errors.JWKSTimeout) return new HubRejection(503, { headers: { 'Retry-After': '2' } });
  return invalidToken('The token is not valid');
}

function invalidToken(description: string): HubRejection {
  return new HubRejection(401, { challenge: `Bearer error="invalid_token", error_description="${description}"` });
}
