import { HubError } from '../vocabulary/errors.js';
import { createGrantSource, type TokenStore } from './grant-source.js';
import { postForTokens } from './token-request.js';
import type { TokenSource } from './token-source.js';

export interface IdentityApiOptions {
  /** Where `MapIdentityApi` is mapped: `https://api.example.com`, or a path with the prefix of its group. */
  baseUrl: string;
  /** Where the tokens are kept. @default 'session': they survive a reload, and are this tab’s alone */
  store?: TokenStore;
}

export interface IdentitySignIn {
  /** The e-mail address. It is the `userId` of the snapshot, too: the tokens are opaque. */
  username: string;
  password: string;
  /** From the authenticator, where the server said `RequiresTwoFactor`. */
  twoFactorCode?: string;
  twoFactorRecoveryCode?: string;
}

export interface IdentityApiSource extends TokenSource {
  /**
   * Signs in; every client of this source that is started connects.
   * @throws HubError `unauthorized`: its `message` is the server’s word (`Failed`, `LockedOut`, `NotAllowed`,
   * `RequiresTwoFactor`); `token-unavailable`: no answer; `configuration`: nothing is mapped there
   */
  signIn(user: IdentitySignIn): Promise<void>;
  /** Forgets the tokens. The server is not told: these tokens cannot be revoked, they expire. */
  signOut(): Promise<void>;
}

/**
 * Tokens of ASP.NET Core’s `MapIdentityApi`. For the hub, `BearerTokenEvents.OnMessageReceived` must read `access_token`
 * from the query: its handler reads the header only.
 */
export function identityApi({ baseUrl, store }: IdentityApiOptions): IdentityApiSource {
  if (typeof baseUrl !== 'string') throw new HubError('configuration', 'identityApi() needs `baseUrl`.');
  const base = baseUrl.replace(/\/+$/, '');
  return createGrantSource<IdentitySignIn>({
    key: `identity:${base}`,
    store,
    signIn: ({ username: email, ...rest }) => postForTokens(`${base}/login?useCookies=false`, { email, ...rest }),
    refresh: (refreshToken) => postForTokens(`${base}/refresh`, { refreshToken }),
    read: ({ accessToken: token, refreshToken, expiresIn: lifetime }) => ({ token, refreshToken, lifetime }),
    // Without a word: expired, or the user’s password or rights have changed.
    isEnd: ({ status }) => status === 401,
  });
}
