import type { HubUser } from './call.ts';
import type { AuthenticationRequest } from './options.ts';

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
  /** A signed JWT (HS256). */
  issue(claims: TokenClaims): Promise<string>;
  /** The user behind a token; throws a HubRejection (401, with the challenge of ASP.NET Core's bearer handler) for a bad, expired or revoked one. */
  verify(token: string): Promise<HubUser>;
  /** Refuses this token, or all that a user holds by now, from now on. */
  revoke(token: string | { sub: string }): void;
  /** For `createTestHub({ authenticate })`: null without a token, else as `verify`. */
  authenticate(request: Pick<AuthenticationRequest, 'token'>): Promise<HubUser | null>;
}

export interface TestTokensOptions {
  /** ms by which an expired token is still accepted. @default 0 (JwtBearer's own default is 300_000) */
  clockSkew?: number;
}

export function createTestTokens(options: TestTokensOptions = {}): TestTokens {
  throw new Error('Not implemented yet.', { cause: options });
}
