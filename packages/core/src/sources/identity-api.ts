import { HubError, SessionEndedError } from '../vocabulary/errors.js';
import { createGrantSource, type Grant, type TokenStore } from './grant-source.js';
import { expiryIn, notNow, postForTokens, signInRefused, type TokenAnswer, wordsOf } from './token-request.js';
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

  async function refresh(refreshToken: string): Promise<Grant> {
    const url = `${base}/refresh`;
    const answer = await postForTokens(url, { refreshToken });
    if (answer.status === 401) throw new SessionEndedError('The server no longer accepts the refresh token.');
    const grant = grantOf(answer);
    if (grant) return grant;
    throw notNow(answer.status, said(answer), url);
  }

  const { signInWith, ...source } = createGrantSource({ key: `identity:${base}`, store, refresh });

  async function request({ username, ...rest }: IdentitySignIn): Promise<Grant> {
    const url = `${base}/login?useCookies=false`;
    const answer = await postForTokens(url, { email: username, ...rest });
    const grant = grantOf(answer);
    if (!grant) throw signInRefused(answer, said(answer), url);
    return { ...grant, userId: username };
  }

  return { ...source, signIn: (user) => signInWith(() => request(user)) };
}

const said = (answer: TokenAnswer): string => wordsOf(answer, 'detail', 'title');

function grantOf({ status, said: { accessToken, refreshToken, expiresIn } }: TokenAnswer): Grant | null {
  if (status !== 200 || typeof accessToken !== 'string' || typeof refreshToken !== 'string') return null;
  return { token: accessToken, refreshToken, expiresAt: expiryIn(expiresIn) };
}
