import type { HubUser } from '../api/call.ts';
import type { HubRequest, HubResponse } from '../api/http.ts';
import type { AuthenticationRequest } from '../api/options.ts';

export interface OidcUser {
  /** The user id. */
  sub: string;
  name?: string;
  roles?: readonly string[];
  /** For the password grant; without one any password will do. */
  password?: string;
  /** Any other claim. */
  [claim: string]: unknown;
}

export interface TestOidcOptions {
  /** The issuer; `listen()` replaces it. @default 'https://oidc.test' */
  authority?: string;
  /** Who signs in when asked to; null: they refuse. @default { sub: 'ann' } */
  user?: OidcUser | null;
  /** Seconds that access tokens live. @default 300 */
  expiresIn?: number;
  /** Whether a refresh token is good for one use: a second one revokes all that came of the same sign-in. @default true */
  rotate?: boolean;
  /** Most providers sign with RS256; its key takes a tenth of a second to make. @default 'ES256' */
  algorithm?: 'ES256' | 'RS256';
  /** Makes the access tokens in place of the provider, for a hub that has tokens of its own: `createTestTokens().issue`. */
  issue?: (claims: { sub: string; expiresIn: number; [claim: string]: unknown }) => string | Promise<string>;
}

/** The end points of a provider; `token` is the one that oidc-client-ts renews at. */
export type OidcEndpoint = 'discovery' | 'jwks' | 'authorize' | 'token' | 'userinfo' | 'revocation' | 'endSession';

export interface OidcFaultOptions {
  /** @default 'token' */
  on?: OidcEndpoint;
  /** How many requests. @default Infinity, until lifted */
  times?: number;
}

export interface OidcRejectOptions extends OidcFaultOptions {
  /** The `error_description`. @default none */
  description?: string;
  /** More headers, for example `{ 'Retry-After': '2' }`. */
  headers?: Record<string, string>;
}

export interface OidcTokenRequest {
  readonly grantType: string;
  /** Epoch ms. */
  readonly at: number;
  /** 0: the connection was cut. */
  readonly status: number;
  /** `invalid_grant`, for one. */
  readonly error?: string;
}

/** The settings of oidc-client-ts that concern the provider. */
export interface OidcClientSettings {
  authority: string;
  client_id: string;
  redirect_uri: string;
  post_logout_redirect_uri: string;
  scope: string;
}

/**
 * An OpenID provider in memory, without pages: whoever is asked to sign in does so at once. It knows every client, and every redirect URI is fine.
 * Authorization code with PKCE, refresh token, password; discovery, keys, userinfo, revocation, end of session.
 */
export interface TestOidc {
  readonly authority: string;
  /** For `new UserManager({ ...oidc.settings(), … })`, a refresh token included. */
  settings(overrides?: Partial<OidcClientSettings>): OidcClientSettings;
  /** For `createTestHub({ authenticate })`: the user of an access token of this provider; null without a token. */
  authenticate(request: Pick<AuthenticationRequest, 'token'>): Promise<HubUser | null>;
  /** A signed-in user as oidc-client-ts stores it: put `value` under `key` into its user store. Each call is a sign-in. */
  storedUser(options?: {
    sub?: string;
    /** Seconds that the stored access token has left; negative: none. @default as the provider's */
    expiresIn?: number;
    settings?: Partial<OidcClientSettings>;
  }): Promise<{ key: string; value: string }>;

  /** Who signs in when asked to, from now on; null: they refuse (`access_denied`). Sessions stay. */
  signInAs(user: OidcUser | null): void;
  /** Other claims or roles of a user: later tokens have them, also those that a refresh token brings. */
  setUser(user: OidcUser): void;
  /** Seconds that later access tokens live. */
  setExpiresIn(expiresIn: number): void;
  /** Ends a user's session: their refresh tokens are `invalid_grant`, a silent sign-in is `login_required`. Access tokens stay good until they expire, as signed ones do. */
  revoke(sub: string): void;
  /** Refuses requests: an OAuth error (400), or a status with an empty body. Returns what lifts it. */
  reject(error: string | number, options?: OidcRejectOptions): () => void;
  /** Cuts requests off without an answer: `fetch` fails. Returns what lifts it. */
  drop(options?: OidcFaultOptions): () => void;
  /** Answers of an end point come this many ms late, those of 'token' by default; what they give or spend counts at once. 0 ends it. */
  delay(ms: number, options?: Pick<OidcFaultOptions, 'on'>): void;
  /** The requests to the token end point so far, oldest first, refused ones included. */
  tokenRequests(): readonly OidcTokenRequest[];
  /** How often a code or a refresh token came again that was spent already: each ended its sign-in. */
  readonly reuses: number;
  /** When the end of a session was asked for, epoch ms. */
  signOuts(): readonly number[];

  /** Answers any request; null: the connection is cut. Never rejects. */
  handleRequest(request: HubRequest): Promise<HubResponse | null>;
  /** Reaches the provider without a port, and others over the network: `vi.stubGlobal('fetch', oidc.fetch)`. Redirects are not followed. */
  readonly fetch: typeof globalThis.fetch;
  /** Serves the provider from a Node server of its own, whose address becomes the authority. */
  listen(options?: { port?: number; host?: string }): Promise<{ authority: string; close(): Promise<void> }>;
  /** Stops listening, clears every timer; final. */
  dispose(): Promise<void>;
}
