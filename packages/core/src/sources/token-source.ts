/**
 * Where tokens come from: the contract between an app's sign-in and the hub. A source answers when it is asked; it never
 * pushes a token. Types only, so that every room may name them.
 */
export interface TokenSource {
  /**
   * The current credentials. Null: nobody is signed in. Throw `SessionEndedError`: signed out for good. Throw anything
   * else: it will be asked again later. There is at most one request under way for a source.
   */
  getToken(request: TokenRequest): Promise<Credentials | null>;
  /** Tells when somebody signed in or out, or when the token was renewed by others. Returns the unsubscribe. */
  subscribe?(listener: (change: TokenChange) => void): () => void;
  /** Ends the user's session where it began; called by `logout()` after the connection is closed. */
  signOut?(): Promise<void>;
  /** Names what tabs share (authority, client); without it nothing is shared between tabs. */
  key?: string;
}

export type TokenChange = 'renewed' | 'signed-in' | 'signed-out';

export interface TokenRequest {
  /** Why it is asked for. */
  reason: 'connect' | 'reconnect' | 'expiring' | 'rejected' | 'requested';
  /** True: a cached token will not do, get a new one. */
  force: boolean;
  /** The token that the server refused, when there is one: any other will do. */
  rejected?: string;
  /** What the server refused it with, where `reason` is `rejected`. */
  status?: number;
  /** How many requests have failed since the last good one. */
  attempt: number;
}

/** A bearer token, or the word that the browser's cookies do it. `expiresAt` is epoch ms on the local clock. */
export type Credentials = TokenCredentials | CookieCredentials;

export interface TokenCredentials {
  token: string;
  expiresAt?: number;
  userId?: string;
}

export interface CookieCredentials {
  cookie: true;
  userId?: string;
  headers?: Record<string, string>;
}
