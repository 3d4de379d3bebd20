import { HubError } from '../vocabulary/errors.js';
import type { Credentials, TokenRequest, TokenSource } from './token-source.js';

export interface TokenFromOptions {
  /** Tells when somebody signed in or out. */
  subscribe?: NonNullable<TokenSource['subscribe']>;
  /** Ends the session where it began. */
  signOut?: () => Promise<void>;
  /** The user, where the token does not say it. @default the `sub` of a JWT */
  userId?: string;
}

type Given = string | Credentials | null;

/**
 * A token source from a function that returns the current token (Auth0, MSAL, Clerk, your own), or from a fixed token.
 * The function may return a string, credentials, or null where nobody is signed in; `exp` and `sub` of a JWT are read.
 *
 * @throws HubError `configuration` where it is given neither
 */
export function tokenFrom(
  get: string | ((request: TokenRequest) => Given | Promise<Given>),
  options: TokenFromOptions = {},
): TokenSource {
  if (typeof get !== 'function' && (typeof get !== 'string' || get === '')) {
    throw new HubError('configuration', 'tokenFrom() needs a token, or a function that returns one.');
  }
  const { subscribe, signOut, userId } = options;
  return {
    async getToken(request) {
      const given = typeof get === 'function' ? await get(request) : get;
      const credentials: Credentials | null = typeof given === 'string' ? { token: given } : given;
      if (typeof credentials !== 'object' || !credentials || !('token' in credentials)) return credentials;
      return { ...readJwt(credentials.token), ...(userId === undefined ? {} : { userId }), ...credentials };
    },
    ...(subscribe ? { subscribe } : {}),
    ...(signOut ? { signOut } : {}),
  };
}

/** What a JWT says of itself (RFC 7519 §4.1); nothing where it is an opaque token. It is not verified: the server does that. */
function readJwt(token: string): { expiresAt?: number; userId?: string } {
  try {
    const payload = token.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { exp?: unknown; sub?: unknown };
    return {
      ...(typeof claims.exp === 'number' ? { expiresAt: claims.exp * 1000 } : {}),
      ...(typeof claims.sub === 'string' ? { userId: claims.sub } : {}),
    };
  } catch {
    return {};
  }
}
