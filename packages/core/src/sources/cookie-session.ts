import { SessionEndedError } from '../vocabulary/errors.js';
import { oneAtATime } from './patience.js';
import type { CookieCredentials, TokenRequest, TokenSource } from './token-source.js';

type ValueOrFunction<T> = T | (() => T | Promise<T>);

export interface CookieSessionOptions {
  /**
   * Anti-forgery headers for every HTTP request to the hub (negotiate, polls, posts; a WebSocket cannot carry any). A
   * function is asked before each connection: `{ 'X-CSRF': '1' }` for Duende’s BFF; the value of the `XSRF-TOKEN` cookie
   * for Spring; the request token for ASP.NET Core’s anti-forgery.
   */
  headers?: ValueOrFunction<Record<string, string>>;
  /**
   * Who is signed in. A function asks your user end point before each connection; null, where that answers 401, means
   * nobody, and then the hub is not asked at all. Without it, a 401 of the hub is how the end of the session shows.
   */
  userId?: ValueOrFunction<string | null>;
  /**
   * The hub refused the cookies, and nobody is signed in any more: the place to send the user to the sign-in. Where `userId`
   * is asked and says null first, the hub is not: then `auth` of the snapshot and the event `sessionEnded` tell.
   */
  onUnauthorized?: () => void;
  /** Tells when somebody signed in or out. */
  subscribe?: NonNullable<TokenSource['subscribe']>;
  /** Ends the session where it began, e.g. by a request to the BFF’s logout. */
  signOut?: () => Promise<void>;
}

/**
 * The browser’s cookies are the credentials: a BFF, or ASP.NET Core’s cookie authentication. Nothing is held in the page.
 * Cookies go with a cross-origin hub only where its CORS policy allows credentials for this origin.
 */
export function cookieSession(options: CookieSessionOptions = {}): TokenSource {
  const { headers, userId, onUnauthorized, subscribe, signOut } = options;
  const asking = oneAtATime<CookieCredentials | null>();
  let given = '';

  async function ask({ reason, status }: TokenRequest): Promise<CookieCredentials | null> {
    const user = await valueOf(userId);
    if (user === null) {
      if (reason === 'rejected') onUnauthorized?.();
      return null;
    }
    const extra = await valueOf(headers);
    const before = given;
    given = JSON.stringify([user, extra]);
    // Fresh headers deserve a try, and a user end point that says otherwise is believed: then it is not the cookies.
    if (reason === 'rejected' && status === 401 && given === before && typeof userId !== 'function') {
      onUnauthorized?.();
      throw new SessionEndedError('The hub no longer accepts the cookies.');
    }
    return { cookie: true, ...(user === undefined ? {} : { userId: user }), ...(extra ? { headers: extra } : {}) };
  }

  return {
    getToken: (request) => asking(() => ask(request)),
    ...(subscribe && { subscribe }),
    ...(signOut && { signOut }),
  };
}

function valueOf<T>(given: ValueOrFunction<T> | undefined): T | Promise<T> | undefined {
  return typeof given === 'function' ? (given as () => T | Promise<T>)() : given;
}
