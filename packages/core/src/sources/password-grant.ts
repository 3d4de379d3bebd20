import { HubError, SessionEndedError } from '../vocabulary/errors.js';
import { createGrantSource, type Grant, type TokenStore } from './grant-source.js';
import { expiryIn, notNow, postForTokens, signInRefused, type TokenAnswer, wordsOf } from './token-request.js';
import type { TokenSource } from './token-source.js';

export interface PasswordGrantOptions {
  /** The token end point: `https://api.example.com/Token`. */
  tokenUrl: string;
  /** Sent as `client_id`. There is no option for a secret: in a browser it would be none. */
  clientId?: string;
  /** Sent as `scope`; many servers give a refresh token only for `offline_access`. */
  scope?: string;
  /** Where the tokens are kept. @default 'session': they survive a reload, and are this tab’s alone */
  store?: TokenStore;
}

export interface PasswordSignIn {
  username: string;
  password: string;
}

export interface PasswordGrantSource extends TokenSource {
  /**
   * Signs in; every client of this source that is started connects.
   * @throws HubError `unauthorized`: its `message` is the server’s `error_description`; `token-unavailable`: no answer;
   * `configuration`: there is no token end point
   */
  signIn(user: PasswordSignIn): Promise<void>;
  /** Forgets the tokens. The server is not told. */
  signOut(): Promise<void>;
}

/**
 * Tokens from an OAuth 2 token end point that takes passwords (RFC 6749 §4.3), such as OWIN’s `/Token`. Without a refresh
 * token in its answer the session lasts as long as the access token.
 */
export function passwordGrant({ tokenUrl, clientId, scope, store }: PasswordGrantOptions): PasswordGrantSource {
  if (typeof tokenUrl !== 'string') throw new HubError('configuration', 'passwordGrant() needs `tokenUrl`.');

  function ask(fields: Record<string, string>): Promise<TokenAnswer> {
    const form = new URLSearchParams(fields);
    if (clientId !== undefined) form.set('client_id', clientId);
    return postForTokens(tokenUrl, form);
  }

  async function refresh(refreshToken: string): Promise<Grant> {
    const answer = await ask({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const grant = grantOf(answer);
    if (grant) return grant;
    // Expired, revoked, or used before (RFC 6749 §5.2). Nothing else is the end: a wrong client is mended by its admin.
    if (answer.said['error'] === 'invalid_grant') throw new SessionEndedError(said(answer));
    throw notNow(answer.status, said(answer), tokenUrl);
  }

  const key = `password:${tokenUrl}${clientId === undefined ? '' : `:${clientId}`}`;
  const { signInWith, ...source } = createGrantSource({ key, store, refresh });

  async function request({ username, password }: PasswordSignIn): Promise<Grant> {
    const scoped = scope === undefined ? {} : { scope };
    const answer = await ask({ grant_type: 'password', username, password, ...scoped });
    const grant = grantOf(answer);
    if (!grant) throw signInRefused(answer, said(answer), tokenUrl);
    return { ...grant, userId: grant.userId ?? username };
  }

  return { ...source, signIn: (user) => signInWith(() => request(user)) };
}

const said = (answer: TokenAnswer): string => wordsOf(answer, 'error_description', 'error');

function grantOf({ status, said: answer }: TokenAnswer): Grant | null {
  const { access_token: token, refresh_token: refreshToken, expires_in: expiresIn, userName } = answer;
  if (status !== 200 || typeof token !== 'string') return null;
  return {
    token,
    refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined,
    expiresAt: expiryIn(expiresIn ?? lifetimeOf(answer)),
    // OWIN’s own way to say who it is.
    userId: typeof userName === 'string' ? userName : undefined,
  };
}

/** Seconds, from OWIN’s two dates: the difference is right on every clock. */
function lifetimeOf(answer: TokenAnswer['said']): number {
  return (Date.parse(String(answer['.expires'])) - Date.parse(String(answer['.issued']))) / 1000;
}
