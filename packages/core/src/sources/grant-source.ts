import { now } from '../platform/clock.js';
import { createListeners } from '../platform/listeners.js';
import { createCell } from '../platform/storage.js';
import { HubError, SessionEndedError } from '../vocabulary/errors.js';
import { oneAtATime } from './patience.js';
import type { TokenChange, TokenCredentials, TokenRequest, TokenSource } from './token-source.js';

/**
 * Where the tokens are kept. `session`: in this tab; they survive a reload. `local`: for all tabs of this origin, until
 * the sign-out. `memory`: a reload asks for the password again. Whatever is kept in a storage can be read by every script
 * of the page: where scripts of others run in it, choose `memory`.
 */
export type TokenStore = 'memory' | 'session' | 'local';

/** What a sign-in or a refresh brought. */
export interface Grant {
  readonly token: string;
  readonly refreshToken?: string | undefined;
  /** Epoch ms on the local clock. */
  readonly expiresAt?: number | undefined;
  readonly userId?: string | undefined;
}

export interface GrantSourceParts {
  /** Names the token end point. */
  key: string;
  store: TokenStore | undefined;
  /** @throws SessionEndedError where only a new sign-in helps */
  refresh(refreshToken: string): Promise<Grant>;
}

export interface GrantSource extends TokenSource {
  signOut(): Promise<void>;
  /** Takes what a sign-in brings, if nobody has signed in or out meanwhile. */
  signInWith(request: () => Promise<Grant>): Promise<void>;
}

/** A source that holds an access token and a refresh token of its own: one sign-in, one refresh at a time, one store. */
export function createGrantSource({ key, store = 'session', refresh }: GrantSourceParts): GrantSource {
  if (!/^(memory|session|local)$/.test(store)) {
    throw new HubError('configuration', '`store` must be memory, session or local.');
  }
  const cell = createCell(store, `hub-core:${key}`);
  const listeners = createListeners<(change: TokenChange) => void>();
  const renewal = oneAtATime<Grant>();
  /** Grows with each sign-in and sign-out: the last one to be asked for counts. */
  let turns = 0;

  const current = (): Grant | null => parse(cell.read());

  function tell(change: TokenChange): void {
    for (const listener of listeners) listener(change);
  }

  async function getToken({ force, rejected }: TokenRequest): Promise<TokenCredentials | null> {
    const grant = current();
    if (!grant) return null;
    // Another tab may have renewed it already.
    const usable = !hasExpired(grant) && (!force || (rejected !== undefined && grant.token !== rejected));
    return credentialsOf(usable ? grant : await renewal(() => renew(grant)));
  }

  async function renew(grant: Grant): Promise<Grant> {
    if (!grant.refreshToken) return unrenewable(grant);
    let fresh: Grant | null = null;
    let failure: unknown;
    try {
      fresh = await refresh(grant.refreshToken);
    } catch (thrown) {
      failure = thrown;
    }
    const stored = current();
    if (!stored) throw new HubError('closed', 'The user signed out while the token was being renewed.');
    // A sign-in, or another tab that was faster: a rotated refresh token works only once.
    if (stored.token !== grant.token) return stored;
    if (!fresh) {
      if (failure instanceof SessionEndedError) cell.write(null);
      throw failure;
    }
    const { refreshToken = grant.refreshToken, userId = grant.userId } = fresh;
    // An answer without a refresh token leaves the old one in force (RFC 6749 §6). Stored before anybody uses it.
    const renewed = { ...fresh, refreshToken, userId };
    cell.write(JSON.stringify(renewed));
    return renewed;
  }

  /** Without a refresh token the session lasts as long as its one token. */
  function unrenewable(grant: Grant): Grant {
    if (!hasExpired(grant)) return grant;
    cell.write(null);
    throw new SessionEndedError('The token has expired, and the server gave no refresh token.');
  }

  async function signInWith(request: () => Promise<Grant>): Promise<void> {
    const turn = ++turns;
    const grant = await request();
    if (turn !== turns) throw new HubError('aborted', 'Somebody signed in or out meanwhile.');
    cell.write(JSON.stringify(grant));
    tell('signed-in');
  }

  async function signOut(): Promise<void> {
    turns += 1;
    cell.write(null);
    tell('signed-out');
  }

  /** What another tab wrote: the tokens themselves come with the next `getToken`. */
  function heard(value: string | null, before: string | null): void {
    const [grant, previous] = [parse(value), parse(before)];
    if (!grant) tell('signed-out');
    else tell(previous && previous.userId === grant.userId ? 'renewed' : 'signed-in');
  }

  function subscribe(listener: (change: TokenChange) => void): () => void {
    const off = listeners.add(listener);
    const offStore = cell.onChange(heard);
    return () => {
      off();
      offStore();
    };
  }

  // Only a shared store makes one login of several tabs.
  return { ...(store === 'local' ? { key } : {}), getToken, subscribe, signOut, signInWith };
}

const hasExpired = ({ expiresAt = Infinity }: Grant): boolean => expiresAt <= now();

/** What is in the store may be of another version, or of another hand. */
function parse(value: string | null): Grant | null {
  try {
    const grant = JSON.parse(value ?? 'null') as Grant | null;
    return typeof grant?.token === 'string' ? grant : null;
  } catch {
    return null;
  }
}

function credentialsOf({ token, expiresAt, userId }: Grant): TokenCredentials {
  return { token, ...(expiresAt === undefined ? {} : { expiresAt }), ...(userId === undefined ? {} : { userId }) };
}
