import { now } from '../platform/clock.js';
import { tokenOf } from '../vocabulary/credentials.js';
import { HubError } from '../vocabulary/errors.js';
import { createJwtReader } from './jwt.js';
import { oneAtATime } from './patience.js';
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
 * The function may return a string, credentials, or null where nobody is signed in; `exp` and `sub` of a JWT are read,
 * and `iat` where the local clock is wrong. The function is never asked twice at once: one that does not answer is
 * reported after 30 s, and waited for.
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
  const read = createJwtReader();
  let asking = oneAtATime<Given>();
  /** When the request that was answered last began; epoch ms. */
  let asked = now();

  async function getToken(request: TokenRequest): Promise<Credentials | null> {
    const given = typeof get === 'function' ? await asking(() => ((asked = now()), get(request))) : get;
    const credentials: Credentials | null = typeof given === 'string' ? { token: given } : given;
    if (typeof credentials !== 'object' || !credentials) return credentials;
    const token = tokenOf(credentials);
    const known = typeof token === 'string' ? read(token, request, asked) : {};
    // A copy: it says the same whenever it is looked at.
    return checked({ ...known, ...(userId === undefined ? {} : { userId }), ...credentials });
  }

  /** Whatever is still under way was asked for somebody else. */
  function otherUser(): void {
    asking = oneAtATime();
  }

  return {
    getToken,
    ...(subscribe && {
      subscribe: (listener) =>
        subscribe((change) => {
          if (change !== 'renewed') otherUser();
          listener(change);
        }),
    }),
    ...(signOut && { signOut: () => (otherUser(), signOut()) }),
  };
}

/** What an app's function returns may be of any type. */
function checked(credentials: Credentials): Credentials {
  const { expiresAt = 1e12, userId } = credentials as { expiresAt?: unknown; userId?: unknown };
  // Seconds, dates and texts are common slips; taken as they are, each would be an expiry of 1970, or none.
  if (typeof expiresAt !== 'number' || !(expiresAt > 1e11)) {
    throw new HubError('token-unavailable', 'The token source returned an `expiresAt` that is no time.', {
      remediation: 'Return epoch milliseconds: Date.now() + 1000 * expires_in.',
    });
  }
  // An object would be another user each time.
  if (typeof (userId ?? '') !== 'string') {
    throw new HubError('token-unavailable', 'The token source returned a `userId` that is no string.', {
      remediation: 'Return a string.',
    });
  }
  return credentials;
}
