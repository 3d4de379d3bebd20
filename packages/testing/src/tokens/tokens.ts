import type { HubUser } from '../api/call.ts';
import { HubRejection } from '../api/errors.ts';
import { base64Url } from '../platform/ids.ts';
import type { AuthenticationRequest } from '../api/options.ts';

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

interface Payload extends Record<string, unknown> {
  sub: string;
  exp: number;
  jti: string;
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
    const bytes = await globalThis.crypto.subtle.sign('HMAC', await signingKey(), new TextEncoder().encode(content));
    return base64Url(String.fromCharCode(...new Uint8Array(bytes)));
  }

  async function verify(token: string): Promise<HubUser> {
    const [header = '', body = '', signed = '', ...more] = token.split('.');
    const payload = readPayload(body);
    if (payload === null || more.length > 0) throw invalidToken();
    if ((await signature(`${header}.${body}`)) !== signed) throw invalidToken('The signature is invalid');
    const expiresAt = payload.exp * 1000;
    if (expiresAt + clockSkew <= Date.now()) throw invalidToken(`The token expired at '${invariantDate(expiresAt)}'`);
    if (revoked.has(payload.jti)) throw invalidToken('The token was revoked');
    return {
      userId: payload.sub,
      ...(typeof payload.name === 'string' ? { name: payload.name } : {}),
      ...(Array.isArray(payload.roles) ? { roles: payload.roles.map(String) } : {}),
      claims: payload,
      expiresAt,
    };
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
      const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
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

function invalidToken(description?: string): HubRejection {
  const details = description === undefined ? '' : `, error_description="${description}"`;
  return new HubRejection(401, { challenge: `Bearer error="invalid_token"${details}` });
}

function encode(value: object): string {
  return base64Url(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));
}

/** Null for anything that is no payload of ours. */
function readPayload(encoded: string): Payload | null {
  try {
    const binary = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const payload = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Payload> | null;
    const { sub, exp, jti } = payload ?? {};
    const complete = typeof sub === 'string' && typeof exp === 'number' && typeof jti === 'string';
    return complete ? (payload as Payload) : null;
  } catch {
    return null;
  }
}

/** As .NET's invariant culture writes it, in UTC: 11/22/2026 16:42:00. @param time epoch ms */
function invariantDate(time: number): string {
  const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T(\d+:\d+:\d+)/.exec(new Date(time).toISOString())!;
  return `${month}/${day}/${year} ${clock}`;
}
