/// <reference types="node" />
import { SessionEndedError, type TokenChange, type TokenRequest, type TokenSource } from '@org/hub-core';

/** How the token end point answers. */
export const moods = [
  /** With a token, and with another one where it must be. */
  'good',
  /** No network. */
  'fails',
  /** The session is over: `invalid_grant`. */
  'ended',
  /** Not at all, until the mood changes. */
  'hangs',
  /** After two seconds. */
  'slow',
  /** With a token that has expired. */
  'expired',
  /** With something that is no token. */
  'nonsense',
  /** With the same token again, whatever was asked for. */
  'stale',
] as const;
export type Mood = (typeof moods)[number];

/** Who is signed in, and the source that the clients have of it. */
export interface Accounts {
  readonly source: TokenSource;
  /** Null: nobody is signed in. */
  user: string | null;
  mood: Mood;
  /** Ms that new tokens live. */
  lifetime: number;
  /** Requests under way, and the most that there ever were. */
  readonly flights: number;
  readonly mostFlights: number;
  readonly requests: number;
  readonly listeners: number;
  /** Every token so far. */
  readonly tokens: ReadonlySet<string>;
  signInAs(user: string): void;
  /** Somebody else ended the session. */
  signOut(): void;
  /** The app has renewed the token by itself. */
  renew(): void;
  /** Whoever hangs is answered. */
  setMood(mood: Mood): void;
}

/** `expiresAt` is epoch ms, as the server reads it in the token: a JWT tells it in whole seconds. */
export interface Issued {
  token: string;
  expiresAt: number;
}

/**
 * @param issue makes a token of a user that lives so many ms
 * @param named whether the source says who the user is
 */
export function createAccounts(
  issue: (user: string, lifetime: number) => Issued | Promise<Issued>,
  { lifetime, named }: { lifetime: number; named: boolean },
): Accounts {
  const listeners = new Set<(change: TokenChange) => void>();
  const tokens = new Set<string>();
  let held: (Issued & { user: string }) | null = null;
  let release: (() => void)[] = [];

  function tell(change: TokenChange): void {
    for (const listener of [...listeners]) listener(change);
  }

  async function getToken(request: TokenRequest): ReturnType<TokenSource['getToken']> {
    accounts.requests += 1;
    accounts.flights += 1;
    accounts.mostFlights = Math.max(accounts.mostFlights, accounts.flights);
    try {
      if (accounts.mood === 'hangs') await new Promise<void>((resolve) => release.push(resolve));
      if (accounts.mood === 'slow') await new Promise((resolve) => setTimeout(resolve, 2_000));
      return await answer(request);
    } finally {
      accounts.flights -= 1;
    }
  }

  async function answer({ force, rejected }: TokenRequest): ReturnType<TokenSource['getToken']> {
    const { user, mood } = accounts;
    if (mood === 'fails') throw new TypeError('Failed to fetch');
    if (mood === 'ended' && user) {
      accounts.user = held = null;
      throw new SessionEndedError('The session is over.');
    }
    if (!user) return null;
    if (mood === 'nonsense') return { token: 'two words' };
    const good =
      held?.user === user && held.expiresAt > Date.now() && (!force || (rejected && rejected !== held.token));
    if (!good && !(mood === 'stale' && held?.user === user)) {
      const lives = mood === 'expired' ? -1_000 : accounts.lifetime;
      const issued = await issue(user, lives);
      tokens.add(issued.token);
      // Another one has signed in meanwhile.
      if (accounts.user !== user) return answer({ force, rejected } as TokenRequest);
      held = { ...issued, user };
    }
    const { token, expiresAt } = held!;
    return { token, expiresAt, ...(named && { userId: user }) };
  }

  const source: TokenSource = {
    getToken,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async signOut() {
      accounts.user = held = null;
      tell('signed-out');
    },
  };

  const accounts = {
    source,
    user: null as string | null,
    mood: 'good' as Mood,
    lifetime,
    flights: 0,
    mostFlights: 0,
    requests: 0,
    tokens,
    get listeners() {
      return listeners.size;
    },
    signInAs(user: string) {
      accounts.user = user;
      tell('signed-in');
    },
    signOut() {
      accounts.user = held = null;
      tell('signed-out');
    },
    renew() {
      held = null;
      tell('renewed');
    },
    setMood(mood: Mood) {
      accounts.mood = mood;
      const waiting = release;
      release = [];
      for (const go of waiting) go();
    },
  };
  return accounts;
}
