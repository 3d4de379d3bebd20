import type { Credentials, TokenChange, TokenSource } from '../sources/token-source.js';
import { settledWithin } from '../platform/clock.js';
import { asError, type HubError } from '../vocabulary/errors.js';
import type { HubLogger } from '../vocabulary/log.js';
import { type LogoutOptions, type LogoutReport, logoutTimeout } from '../vocabulary/options.js';
import type { Tabs } from './tabs.js';
import { createTokenKeeper, type TokenAsk, type TokenEvent } from './token-keeper.js';

/**
 * What a client lets its session do to it. This is the only way upward: a session knows neither states nor links.
 */
export interface SessionMember {
  emit(event: TokenEvent): void;
  /** Nobody is signed in any more; `error` where the source said so by failing for good. */
  signedOut(error: HubError | null): void;
  /** Somebody signed in: `asAnother` where it is, or may be, another user than before. */
  signedIn(asAnother: boolean): void;
  /** Logout: refuse new calls, let those in flight finish, close. */
  drainAndClose(timeout: number): Promise<LogoutReport>;
  readonly logger: HubLogger;
}

/** One for each token source: who depends on it, and whose turn it is to be signed out. */
export interface Session {
  /** Takes part from now on; returns the leave. */
  enter(member: SessionMember): () => void;
  token(ask: TokenAsk): Promise<Credentials | null>;
  current(): Credentials | null | undefined;
  lasts(credentials: Credentials, expiresAt: number): void;
  /** What is known may be out of date: the page was away, or the network. */
  doubt(): void;
  logout(options: LogoutOptions): Promise<LogoutReport>;
}

const sessions = new WeakMap<TokenSource, Session>();

export function sessionOf(source: TokenSource): Session {
  let session = sessions.get(source);
  if (!session) {
    session = createSession(source);
    sessions.set(source, session);
  }
  return session;
}

function createSession(source: TokenSource): Session {
  const members = new Set<SessionMember>();
  let unsubscribe: (() => void) | undefined;
  let loggingOut: Promise<LogoutReport> | null = null;
  /** Of a source that shares something with them; null where they cannot be loaded, and everybody is on their own. */
  let tabs: Promise<Tabs | null> | undefined;

  const keeper = createTokenKeeper(source, {
    tell: (event) => each((member) => member.emit(event)),
    ended: (error) => each((member) => member.signedOut(error)),
  });

  function each(tell: (member: SessionMember) => void): void {
    [...members].forEach(tell);
  }

  function enter(member: SessionMember): () => void {
    if (members.size === 0) {
      // Nobody listened meanwhile: what we hold may belong to a user who is gone.
      keeper.forget();
      unsubscribe = source.subscribe?.((change) => void heard(change));
      tabs = source.key
        ? import('./tabs.js')
            .then(({ joinTabs }) => joinTabs(source, { current: keeper.current, logout, heard }))
            .catch(() => null)
        : undefined;
    }
    members.add(member);
    return () => {
      if (!members.delete(member) || members.size > 0) return;
      unsubscribe?.();
      void tabs?.then((joined) => joined?.leave());
      keeper.forget();
    };
  }

  async function heard(change: TokenChange): Promise<void> {
    // Our own logout makes the source tell of it; everything that it needs is done in its order.
    if (loggingOut) return;
    const user = keeper.current()?.userId;
    if (change === 'renewed') return keeper.doubt();
    keeper.forget();
    if (change === 'signed-out') return each((member) => member.signedOut(null));
    // Without a name it may be anybody. Where the source fails now, the clients ask again, with their own back-off.
    const credentials = await keeper
      .get({ reason: 'connect' })
      .catch(({ code }: HubError) => code !== 'closed' && null);
    // Something else has happened meanwhile.
    if (credentials !== false && !loggingOut) each((member) => member.signedIn(!user || user !== credentials?.userId));
  }

  async function token(ask: TokenAsk): Promise<Credentials | null> {
    // A redirect never settles, and then there is nothing to wait for either.
    while (loggingOut) await loggingOut.catch(() => {});
    return keeper.get(ask);
  }

  function logout(options: LogoutOptions): Promise<LogoutReport> {
    // The last word counts: whoever was started since the one under way began is closed once more.
    if (loggingOut) each((member) => void member.drainAndClose(0));
    return (loggingOut ??= runLogout(options).finally(() => (loggingOut = null)));
  }

  async function runLogout({ signOut = true, timeout = logoutTimeout }: LogoutOptions): Promise<LogoutReport> {
    const user = keeper.current();
    const underWay = keeper.underWay();
    const told = tabs?.then((joined) => joined?.tell(user));
    const all = [...members];
    // From here on a late token is nobody's.
    keeper.forget();
    const closing = Promise.all(all.map((member) => member.drainAndClose(timeout)));
    await settledWithin(Promise.all([underWay, told]), timeout);
    const reports = await closing;
    try {
      if (signOut) await source.signOut?.();
    } catch (thrown) {
      all[0]?.logger.log('warn', `The source could not sign out: ${asError(thrown).message}`);
    }
    const sum = (of: 'drained' | 'aborted'): number => reports.reduce((total, report) => total + report[of], 0);
    return {
      drained: sum('drained'),
      aborted: sum('aborted'),
      close: outcomes.find((outcome) => reports.some(({ close }) => close === outcome))!,
    };
  }

  return { enter, token, current: keeper.current, lasts: keeper.lasts, doubt: keeper.doubt, logout };
}

/** The worst first: a report is as good as its worst connection. */
const outcomes: readonly LogoutReport['close'][] = ['timed-out', 'unacknowledged', 'acknowledged', 'not-connected'];
