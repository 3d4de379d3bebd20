import type { HubUser } from '../api/call.ts';
import type { AuthenticationRequest } from '../api/options.ts';
import { encodePart, invalidToken, readPayload, readToken, userOf } from './jwt.ts';
import type { Payload } from './jwt.ts';

export interface TokenClaims {
  /** The user id. */
  sub: string;
  /** Seconds from now; negative: expired already. @default 300 */
  expiresIn?: number;
  name?: string;
  roles?: readonly string[];
  /** Any other claim. */
  [claim: string]: unknown;
}

export interface TestTokens {
  /** A signed JWT (HS256). Two are never equal. */
  issue(claims: TokenClaims): Promise<string>;
  /** The user behind a token; rejects with a HubRejection (401, the challenge of ASP.NET Core's bearer handler) for a bad, expired or revoked one. */
  verify(token: string): Promise<HubUser>;
  /** What later tokens of this user carry, unless `issue` is told otherwise; earlier ones keep theirs, as signed tokens do. On the server at once: `hub.revokeRole`. */
  setRoles(sub: string, roles: readonly string[]): void;
  /** Refuses this token, or all that a user holds by now, from now on. */
  revoke(token: string | { sub: string }): void;
  /**
   * For `createTestHub({ authenticate })`: null without a token, else as `verify`. So a bad token is refused also where visitors are welcome, whereas
   * ASP.NET Core takes its bearer for a visitor there.
   */
  authenticate(request: Pick<AuthenticationRequest, 'token'>): Promise<HubUser | null>;
}

export interface TestTokensOptions {
  /** ms by which an expired token is still accepted. @default 0 (JwtBearer's own default is 300_000) */
  clockSkew?: number;
  /** The signing key, at least 32 characters, where another server shall accept the tokens too. @default a random one */
  secret?: string;
}

/** Signed tokens with chosen lifetimes. The clock is `Date.now()`, so fake timers age them. */
export function createTestTokens({ clockSkew = 0, secret }: TestTokensOptions = {}): TestTokens {
  const issued = new Map<string, string>();
  const revoked = new Set<string>();
  const rolesOf = new Map<string, readonly string[]>();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  let key: Promise<CryptoKey> | undefined;

  function signingKey(): Promise<CryptoKey> {
    const bytes = secret ? new TextEncoder().encode(secret) : globalThis.crypto.getRandomValues(new Uint8Array(32));
    key ??= globalThis.crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
    return key;
  }

  async function signature(content: string): Promise<string> {
    return encodePart(
      await globalThis.crypto.subtle.sign('HMAC', await signingKey(), new TextEncoder().encode(content)),
    );
  }

  async function verify(token: string): Promise<HubUser> {
    const { payload, content, signature: signed } = readToken(token);
    // JwtBearer looks for another key where a token without a key id does not fit the only one.
    if ((await signature(content)) !== signed) throw invalidToken('The signature key was not found');
    const user = userOf(payload, clockSkew);
    if (revoked.has(payload.jti)) throw invalidToken('The token was revoked');
    return user;
  }

  return {
    async issue({ expiresIn = 300, ...claims }) {
      const issuedAt = Date.now() / 1000;
      // Fractions are allowed (RFC 7519 NumericDate), and short lifetimes in tests need them.
      const payload: Payload = {
        iat: Math.floor(issuedAt),
        ...(rolesOf.has(claims.sub) ? { roles: rolesOf.get(claims.sub) } : {}),
        ...claims,
        exp: issuedAt + expiresIn,
        jti: globalThis.crypto.randomUUID(),
      };
      issued.set(payload.jti, payload.sub);
      const content = `${encodePart({ alg: 'HS256', typ: 'JWT' })}.${encodePart(payload)}`;
      return `${content}.${await signature(content)}`;
    },
    verify,
    setRoles: (sub, roles) => void rolesOf.set(sub, roles),
    revoke(which) {
      if (typeof which === 'string') {
        const payload = readPayload(which.split('.')[1] ?? '');
        if (payload) revoked.add(payload.jti);
        return;
      }
      for (const [jti, sub] of issued) if (sub === which.sub) revoked.add(jti);
    },
    authenticate: async ({ token }) => (token === null ? null : verify(token)),
  };
}
