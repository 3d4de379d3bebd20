import { onSharedStorage } from '../platform/channel.js';
import { now } from '../platform/clock.js';
import { createListeners } from '../platform/listeners.js';
import { createCell } from '../platform/storage.js';
import { HubError, SessionEndedError, textOf } from '../vocabulary/errors.js';
import { inOneTab } from './one-tab.js';
import { oneAtATime } from './patience.js';
import { refusalOf, type TokenAnswer } from './token-request.js';
import type { TokenChange, TokenCredentials, TokenRequest, TokenSource } from './token-source.js';

/**
 * Where the tokens are kept. `session`: in this tab; they survive a reload. `local`: for all tabs of this origin, until
 * the sign-out. `memory`: a reload asks for the password again. Whatever is kept in a storage can be read by every script
 * of the page: where scripts of others run in it, choose `memory`. A browser gives a duplicated tab a copy of what
 * `session` keeps: where refresh tokens work only once, two such tabs end the session, and tabs with `local` do not.
 */
export type TokenStore = 'memory' | 'session' | 'local';

/** What is kept of a sign-in. */
interface Grant {
  readonly token: string;
  readonly refreshToken?: string | undefined;
  /** Epoch ms on the local clock. */
  readonly expiresAt?: number | undefined;
  readonly userId?: string | undefined;
}

/** One kind of token end point. */
export interface GrantKind<User> {
  /** Names the end point. */
  key: string;
  store: TokenStore | undefined;
  signIn(user: User): Promise<TokenAnswer>;
  refresh(refreshToken: string): Promise<TokenAnswer>;
  /** Finds in an answer what each end point names in its own way; `lifetime` is seconds. */
  read(said: TokenAnswer['said']): { token: unknown; refreshToken: unknown; lifetime: unknown; userId?: unknown };
  /** Whether a refused refresh means that only a new sign-in helps. */
  isEnd(answer: TokenAnswer): boolean;
}

export interface GrantSource<User> extends TokenSource {
  signIn(user: User): Promise<void>;
  signOut(): Promise<void>;
}

/** A source that holds an access token and a refresh token of its own: one sign-in, one refresh at a time, one store. */
export function createGrantSource<User extends { username: string }>(kind: GrantKind<User>): GrantSource<User> {
  const { key, store = 'session' } = kind;
  if (!/^(memory|session|local)$/.test(store)) {
    throw new HubError('configuration', '`store` must be memory, session or local.');
  }
  const name = `hub-core:${key}`;
  const isShared = store === 'local';
  const cell = createCell(store, name);
  const listeners = createListeners<(change: TokenChange) => void>();
  const renewal = oneAtATime<Grant>();
  /** What listeners have been told of. */
  let known: Grant | null = null;
  /** Grows with each sign-in and sign-out: the last one to be asked for counts. */
  let turns = 0;

  const current = (): Grant | null => parse(cell.read());

  function tell(change: TokenChange): void {
    for (const listener of listeners) listener(change);
  }

  async function getToken({ force, rejected }: TokenRequest): Promise<TokenCredentials | null> {
    // Whoever shares the store may have renewed it already.
    const isUsable = (grant: Grant): boolean =>
      !hasExpired(grant) && (!force || (rejected !== undefined && grant.token !== rejected));
    const stored = current();
    if (!stored) return null;
    return credentialsOf(
      isUsable(stored) ? stored : await renewal(() => inOneTab(isShared ? key : null, () => renew(isUsable))),
    );
  }

  async function renew(isUsable: (grant: Grant) => boolean): Promise<Grant> {
    const grant = current();
    if (!grant) throw signedOutMeanwhile();
    if (isUsable(grant)) return grant;
    if (!grant.refreshToken) return unrenewable(grant);
    const asked = now();
    const answer = await kind.refresh(grant.refreshToken);
    const fresh = grantOf(kind, answer, asked);
    const stored = current();
    if (!stored) throw signedOutMeanwhile();
    // Somebody signed in; or another tab was faster, where there are no locks.
    if (stored.token !== grant.token) return stored;
    if (fresh) {
      const { refreshToken = grant.refreshToken, userId = grant.userId } = fresh;
      // An answer without a refresh token leaves the old one in force (RFC 6749 §6). Stored before anybody uses it.
      return keep({ ...fresh, refreshToken, userId });
    }
    const refusal = refusalOf(answer, false);
    if (!kind.isEnd(answer)) throw refusal;
    cell.write(null);
    throw new SessionEndedError(refusal.message);
  }

  function keep(grant: Grant): Grant {
    cell.write(JSON.stringify(grant));
    known = grant;
    return grant;
  }

  /** Without a refresh token the session lasts as long as its one token. */
  function unrenewable(grant: Grant): Grant {
    if (!hasExpired(grant)) return grant;
    cell.write(null);
    throw new SessionEndedError('The token has expired, and there is no refresh token.');
  }

  async function signIn(user: User): Promise<void> {
    const turn = ++turns;
    const asked = now();
    const answer = await kind.signIn(user);
    if (turn !== turns) throw new HubError('aborted', 'Somebody signed in or out meanwhile.');
    const grant = grantOf(kind, answer, asked);
    if (!grant) throw refusalOf(answer, true);
    keep({ ...grant, userId: grant.userId ?? user.username });
    tell('signed-in');
  }

  async function signOut(): Promise<void> {
    turns += 1;
    cell.write(null);
    known = null;
    tell('signed-out');
  }

  /** Another tab has changed it; the tokens themselves come with the next `getToken`. */
  function look(): void {
    const before = known;
    known = current();
    if (known?.token === before?.token) return;
    tell(!known ? 'signed-out' : known.userId === before?.userId ? 'renewed' : 'signed-in');
  }

  function subscribe(listener: (change: TokenChange) => void): () => void {
    known = current();
    const off = listeners.add(listener);
    const offStore = isShared && onSharedStorage((changed) => (changed ?? name) === name && look());
    return () => {
      off();
      if (offStore) offStore();
    };
  }

  // Only a shared store makes one login of several tabs.
  return { ...(isShared ? { key } : {}), getToken, subscribe, signIn, signOut };
}

function signedOutMeanwhile(): HubError {
  return new HubError('closed', 'Somebody signed in or out meanwhile.');
}

const hasExpired = ({ expiresAt = Infinity }: Grant): boolean => expiresAt <= now();

/** @param asked when the request began, epoch ms: the answer may have been under way for longer than its token lives */
function grantOf({ read }: GrantKind<never>, { said }: TokenAnswer, asked: number): Grant | null {
  const { lifetime, ...rest } = read(said);
  // Some servers send a text. The local clock is what it is measured with, so it may be wrong.
  const seconds = Number.parseFloat(textOf(lifetime));
  return checked({ ...rest, expiresAt: seconds >= 0 ? asked + seconds * 1000 : undefined });
}

/** What is in the store may be of another version, or of another hand. */
function parse(value: string | null): Grant | null {
  try {
    return checked(JSON.parse(value ?? 'null') as Record<keyof Grant, unknown>);
  } catch {
    return null;
  }
}

/** Of a grant what is of the right type; null where that is not even a token. */
function checked({ token, refreshToken, expiresAt, userId }: { [F in keyof Grant]?: unknown }): Grant | null {
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);
  return text(token)
    ? {
        token: token as string,
        refreshToken: text(refreshToken),
        expiresAt: typeof expiresAt === 'number' ? expiresAt : undefined,
        userId: text(userId),
      }
    : null;
}

function credentialsOf({ token, expiresAt, userId }: Grant): TokenCredentials {
  return { token, ...(expiresAt === undefined ? {} : { expiresAt }), ...(userId === undefined ? {} : { userId }) };
}
