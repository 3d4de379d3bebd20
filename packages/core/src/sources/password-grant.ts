import { HubError, textOf } from '../vocabulary/errors.js';
import { createGrantSource, type TokenStore } from './grant-source.js';
import { postForTokens, type TokenAnswer } from './token-request.js';
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
  const client: Record<string, string> = clientId === undefined ? {} : { client_id: clientId };
  const scoped: Record<string, string> = scope === undefined ? {} : { scope };
  const post = (fields: Record<string, string>): Promise<TokenAnswer> =>
    postForTokens(tokenUrl, new URLSearchParams({ ...fields, ...client }));
  return createGrantSource<PasswordSignIn>({
    key: `password:${tokenUrl}:${clientId ?? ''}`,
    store,
    signIn: ({ username, password }) => post({ grant_type: 'password', username, password, ...scoped }),
    refresh: (refreshToken) => post({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    read: (said) => ({
      token: said['access_token'],
      refreshToken: said['refresh_token'],
      lifetime: said['expires_in'] ?? secondsBetween(said['.issued'], said['.expires']),
      // OWIN’s own way to say who it is.
      userId: said['userName'],
    }),
    // Expired, revoked, or used before (RFC 6749 §5.2).
    isEnd: ({ said }) => said['error'] === 'invalid_grant',
  });
}

/** Of OWIN’s two dates: the difference is right on every clock. */
function secondsBetween(issued: unknown, expires: unknown): number {
  return (Date.parse(textOf(expires)) - Date.parse(textOf(issued))) / 1000;
}
