import type { Outbox } from '../calls/outbox.js';
import type { Dispatch } from '../calls/dispatch.js';
import type { GroupLedger, GroupNews } from '../groups/group-ledger.js';
import { LinkError } from '../link/failure.js';
import { createLink, type Link } from '../link/link.js';
import { backoffDelay } from '../platform/backoff.js';
import { after, now, random, settledWithin } from '../platform/clock.js';
import { isOnline, onPageChange, type PageChange } from '../platform/page.js';
import type { Session, SessionMember } from '../session/session.js';
import { type TokenAsk, type TokenEvent, tokenOf } from '../session/token-keeper.js';
import type { Credentials } from '../sources/token-source.js';
import { asError, HubError } from '../vocabulary/errors.js';
import type { HubEvent } from '../vocabulary/events.js';
import type { HubLogger } from '../vocabulary/log.js';
import { type LogoutOptions, type LogoutReport, logoutTimeout, type ResolvedOptions, type StartOptions } from '../vocabulary/options.js';
import type { HubSnapshot } from '../vocabulary/snapshot.js';
import { classify, type Failure, type Situation, type Verdict } from './classify.js';
import { firstPhase, type Input, next, type Phase, statusOf } from './lifecycle.js';

/**
 * Runs the life cycle: one loop opens links, lives with them and opens the next, until its signal is aborted. Whatever
 * interrupts it (stop, logout, another user) aborts the loop, closes the link, and then looks at what is wanted now.
 */
export interface Supervisor {
  start(options: StartOptions): Promise<void>;
  stop(): Promise<void>;
  logout(options: LogoutOptions): Promise<LogoutReport>;
  dispose(): Promise<void>;
  groupNews(news: GroupNews): void;
}

export interface SupervisorParts {
  options: ResolvedOptions;
  /** Null for a hub without users. */
  session: Session | null;
  outbox: Outbox;
  dispatch: Dispatch;
  groups: GroupLedger;
  logger: HubLogger;
  snapshot(): HubSnapshot;
  write(patch: Partial<HubSnapshot>): void;
  emit(event: HubEvent): void;
}

interface PendingStart {
  resolve(): void;
  reject(error: HubError): void;
}

type Attempt =
  | { kind: 'open'; link: Link; groups: { joined: number; failed: number } }
  | { kind: 'nobody' }
  | { kind: 'failed'; failure: Failure; credentials: Credentials | null };

/** Since when a token has met nothing that shows a status. */
interface Unseen {
  readonly token: string | undefined;
  readonly since: number;
}

/** Who a connection belongs to: a user, somebody whom the source does not name, or a visitor (null). */
type Identity = string | typeof unnamed | null;
const unnamed = Symbol('unnamed user');

const notStarted = (): HubError => new HubError('closed', 'The connection is stopped.', { sent: 'no' });
const signedOutError = (): HubError => new HubError('closed', 'Nobody is signed in.', { sent: 'no' });

export function createSupervisor(parts: SupervisorParts): Supervisor {
  const { options, session, outbox, dispatch, groups, logger, snapshot, write, emit } = parts;
  let phase: Phase = firstPhase;
  let intent = false;
  let disposed = false;
  /** Why a client with intent rests until somebody signs in or start() is called: its own logout, or the session’s end. */
  let resting: 'logout' | HubError | null = null;
  let run: AbortController | null = null;
  let link: Link | null = null;
  let closing: Promise<unknown> | null = null;
  let identity: Identity | undefined;
  let connectedBefore = false;
  let lostAt = 0;
  let leave = (): void => {};
  let wake = (): void => {};
  const starts = new Set<PendingStart>();

  // --- state: the one writer ---------------------------------------------------------------------------------------

  function apply(input: Input, patch: Partial<HubSnapshot> = {}): void {
    const to = next(phase, input);
    if (!to) return;
    const from = statusOf(phase);
    phase = to;
    const status = statusOf(to);
    const error = 'error' in to ? to.error : null;
    write({
      status,
      error,
      attempt: 'attempt' in to && to.name !== 'connected' ? to.attempt : 0,
      retryAt: to.name === 'waiting' ? to.retryAt : null,
      connectionId: to.name === 'connected' ? link?.context.connectionId || null : null,
      groups: groups.states(),
      ...patch,
    });
    logger.log('debug', `${input.type} → ${to.name}${error ? ` (${error.code}: ${error.message})` : ''}`);
    if (from !== status) emit({ type: 'statusChanged', from, to: status, cause: error });
  }

  // --- intent --------------------------------------------------------------------------------------------------------

  function start({ signal }: StartOptions): Promise<void> {
    if (disposed) return Promise.reject(new HubError('closed', 'This client has been disposed of.', { remediation: 'Create a new client.' }));
    if (signal?.aborted) return Promise.reject(aborted(signal));
    resting = null;
    if (!intent) {
      intent = true;
      const leaveSession = session?.enter(member) ?? (() => {});
      const leavePage = onPageChange(pageChanged);
      leave = () => {
        leaveSession();
        leavePage();
      };
    }
    if (phase.name === 'connected') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        starts.delete(pending);
        signal?.removeEventListener('abort', abort);
        end();
      };
      const pending: PendingStart = { resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) };
      const abort = (): void => {
        pending.reject(aborted(signal));
        if (starts.size === 0 && phase.name !== 'connected') void stop();
      };
      signal?.addEventListener('abort', abort);
      starts.add(pending);
      beginIfIdle();
    });
  }

  function aborted(signal: AbortSignal | undefined): HubError {
    return new HubError('aborted', 'start() was cancelled.', { cause: signal?.reason });
  }

  function settleStarts(settle: (pending: PendingStart) => void): void {
    for (const pending of [...starts]) settle(pending);
  }

  function stop(): Promise<void> {
    intent = false;
    leave();
    leave = () => {};
    settleStarts(({ reject }) => reject(notStarted()));
    outbox.close(notStarted);
    return shut();
  }

  async function dispose(): Promise<void> {
    disposed = true;
    await stop();
  }

  function beginIfIdle(): void {
    if (!closing && (phase.name === 'stopped' || phase.name === 'parked')) begin();
  }

  function begin(): void {
    run?.abort();
    run = new AbortController();
    outbox.detach();
    void live(run.signal);
  }

  /** Ends the loop and closes the link, the acknowledged way; then looks at what is wanted now. */
  function shut(close: (open: Link) => Promise<unknown> = (open) => open.close(logoutTimeout)): Promise<void> {
    run?.abort();
    run = null;
    if (!closing) {
      apply({ type: 'close' });
      const old = link;
      closing = (async () => {
        if (old) await close(old);
        release(old);
        closing = null;
        if (intent && resting === null) begin();
        else apply({ type: 'halt', error: resting === 'logout' ? null : resting });
      })();
    }
    return closing.then(() => {});
  }

  /** What belonged to the link is gone with it. */
  function release(old: Link | null): void {
    if (old && link !== old) return;
    if (phase.name === 'connected' || phase.name === 'closing') lostAt = now();
    link = null;
    groups.detach();
  }

  // --- the loop: open a link, live with it, open the next ---------------------------------------------------------

  async function live(signal: AbortSignal): Promise<void> {
    let ask: TokenAsk = { reason: connectedBefore ? 'reconnect' : 'connect' };
    let refused: { failure: Failure & { kind: 'status' } } | null = null;
    let unseen: Unseen | null = null;
    for (;;) {
      apply({ type: 'open' });
      const attempt = await open(signal, ask);
      if (signal.aborted) return;
      if (attempt.kind === 'nobody') return park();
      let failure: Failure;
      let credentials: Credentials | null;
      let openedAt = 0;
      if (attempt.kind === 'open') {
        credentials = attempt.link.credentials;
        openedAt = attempt.link.openedAt;
        connected(attempt.link, attempt.groups);
        refused = null;
        unseen = null;
        failure = await attempt.link.ended;
        if (signal.aborted) return;
        outbox.detach();
        ask = { reason: 'reconnect' };
      } else {
        ({ failure, credentials } = attempt);
      }
      release(link);
      const token = tokenOf(credentials);
      if (failure.kind !== 'source' && failure.kind !== 'unreachable' && failure.kind !== 'timeout') unseen = null;
      else if (failure.kind !== 'source' && (!unseen || unseen.token !== token)) unseen = { token, since: now() };
      // The refresh gave the refused token again: the first answer stands.
      if (failure.kind === 'status' && refused && token === ask.rejected) failure = refused.failure;
      const verdict = classify(failure, {
        ...situation(openedAt, credentials),
        refreshed: refused !== null,
        unseen: unseen !== null && isOnline() && now() - unseen.since >= 30_000,
      });
      if (verdict.action === 'stop') return stopWith(verdict);
      if (failure.kind !== 'source') {
        const reason = failure.kind === 'status' ? 'rejected' : 'reconnect';
        ask = verdict.fresh ? { reason, force: true, ...(token === undefined ? {} : { rejected: token }) } : { reason: 'reconnect' };
      }
      if (failure.kind === 'status' && verdict.fresh) {
        refused = { failure };
        continue;
      }
      if (!retryLater(verdict, openedAt)) return;
      ask = { ...ask, urgent: await retryDue(signal) };
      if (signal.aborted) return;
    }
  }

  function situation(openedAt: number, credentials: Credentials | null): Omit<Situation, 'refreshed' | 'unseen'> {
    const expiresAt = (credentials && 'token' in credentials && credentials.expiresAt) || Infinity;
    return {
      url: typeof options.url === 'string' ? options.url.replace(/[?#].*/s, '') : 'the address that `url` returned',
      connectedBefore,
      attempt: phase.name === 'connected' && isStable(openedAt) ? 0 : 'attempt' in phase ? phase.attempt : 0,
      hasToken: tokenOf(credentials) !== undefined,
      // As far ahead as tokens are renewed: the server’s clock may be before ours.
      nearExpiry: expiresAt - now() < Math.min(60_000, 0.2 * Math.max(0, expiresAt - openedAt)),
      young: openedAt > 0 && !isStable(openedAt),
    };
  }

  function isStable(openedAt: number): boolean {
    return openedAt > 0 && now() - openedAt >= options.reconnect.stableAfter;
  }

  /** Token → link → prepare → groups. Never throws; every outcome is a value. */
  async function open(signal: AbortSignal, ask: TokenAsk): Promise<Attempt> {
    let credentials: Credentials | null = null;
    const failed = (failure: Failure): Attempt => ({ kind: 'failed', failure, credentials });
    if (session) {
      try {
        credentials = await session.token(ask);
      } catch (thrown) {
        return failed({ kind: 'source', error: thrown as HubError, retryIn: session.retryAt() - now() });
      }
      if (signal.aborted || (!credentials && options.anonymous === 'wait')) return { kind: 'nobody' };
    }
    const asAnother = identify(credentials);
    let url: string;
    try {
      url = typeof options.url === 'function' ? await options.url() : options.url;
    } catch (cause) {
      return failed({ kind: 'app', cause, what: 'url' });
    }
    if (signal.aborted) return { kind: 'nobody' };
    let opening: Link;
    try {
      opening = createLink({ url, credentials, settings: options.signalr, logger });
    } catch (cause) {
      return failed({ kind: 'configuration', cause });
    }
    link = opening;
    dispatch.attach(opening);
    try {
      await opening.open();
      const died = opening.ended.then((failure) => Promise.reject(new LinkError(failure)));
      const ready = prepared(opening).then(() => groups.attach(opening, asAnother));
      return { kind: 'open', link: opening, groups: await Promise.race([ready, died]) };
    } catch (thrown) {
      opening.abandon();
      if (thrown instanceof LinkError) return failed(thrown.failure);
      return failed({ kind: 'app', cause: thrown, what: 'prepare' });
    }
  }

  async function prepared(opening: Link): Promise<void> {
    await options.prepare?.(opening.context);
  }

  /** Notes whose connection this is going to be; true where it was somebody else’s. */
  function identify(credentials: Credentials | null): boolean {
    const before = identity;
    identity = identityOf(credentials);
    const changed = before !== undefined && before !== identity;
    if (changed) outbox.rejectWaiting(identityChanged);
    write({
      auth: credentials ? 'authenticated' : 'anonymous',
      userId: credentials?.userId ?? null,
      tokenExpiresAt: expiryOf(credentials),
    });
    return changed;
  }

  function connected(opened: Link, { joined, failed }: { joined: number; failed: number }): void {
    const gap = connectedBefore;
    connectedBefore = true;
    apply({ type: 'opened', now: now() }, gap ? { gaps: snapshot().gaps + 1 } : {});
    outbox.attach(opened);
    settleStarts(({ resolve }) => resolve());
    if (gap) emit({ type: 'restored', gapMs: now() - lostAt, joined, failed });
  }

  function park(): void {
    outbox.close(signedOutError);
    apply({ type: 'park' }, { auth: snapshot().auth === 'signed-out' ? 'signed-out' : 'anonymous', userId: null, tokenExpiresAt: null });
  }

  function stopWith({ error, challenge }: Verdict & { action: 'stop' }): void {
    outbox.close(() => new HubError('closed', `The connection was stopped: ${error.message}`, { cause: error, sent: 'no' }));
    apply({ type: 'halt', error });
    logger.log('error', `Stopped. ${error.message} ${error.remediation}`);
    if (error.code === 'unauthorized') emit({ type: 'unauthorized', status: 401, error, ...(challenge ? { challenge } : {}) });
    if (error.code === 'forbidden') emit({ type: 'forbidden', status: 403, error });
    settleStarts(({ reject }) => reject(error));
  }

  /** Plans the next try; false where there is none left. */
  function retryLater({ error, when }: Verdict & { action: 'retry' }, openedAt: number): boolean {
    const { reconnect } = options;
    const stable = isStable(openedAt);
    const attempt = stable ? 0 : 'attempt' in phase ? phase.attempt : 0;
    if (attempt >= reconnect.maxAttempts) {
      stopWith({ action: 'stop', error });
      return false;
    }
    const delay = when === 'now' ? 0 : when === 'backoff' ? backoffDelay(attempt, reconnect, random()) : Math.max(0, when.ms);
    const retryAt = now() + delay;
    const first = phase.name === 'opening' && attempt === 0 && !phase.again;
    apply(phase.name === 'connected' ? { type: 'lost', error, retryAt, stable } : { type: 'failed', error, retryAt });
    if (first) logger.log('warn', `${error.message} ${error.remediation}`);
    if (statusOf(phase) === 'reconnecting') emit({ type: 'reconnecting', cause: error, attempt: attempt + 1, retryAt });
    return true;
  }

  /** Waits for the planned time, or for the page to say that it is worth trying now (true). No tries while offline. */
  function retryDue(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (early: boolean): void => {
        cancel();
        wake = () => {};
        signal.removeEventListener('abort', stopWaiting);
        resolve(early);
      };
      const stopWaiting = (): void => done(false);
      const due = phase.name === 'waiting' ? phase.retryAt : 0;
      let cancel = after(due - now(), () => isOnline() && done(false));
      wake = () => {
        cancel();
        // A small jitter: a whole office comes back online at once.
        cancel = after(random() * 200, () => done(true));
      };
      signal.addEventListener('abort', stopWaiting);
    });
  }

  function pageChanged(change: PageChange): void {
    // A page in the back/forward cache may not hold a connection; the loop makes a new one when the page is back.
    if (change === 'pagehide') link?.abandon();
    // Another tab may have logged out meanwhile.
    if (change === 'pageshow' || change === 'resume') session?.doubt();
    if (change !== 'pagehide' && change !== 'offline' && isOnline()) wake();
  }

  // --- what the session does to its members -----------------------------------------------------------------------

  const member: SessionMember = {
    active: () => phase.name !== 'stopped' && phase.name !== 'parked' && phase.name !== 'closing',
    tokenEvent(event: TokenEvent) {
      emit(event);
      if (event.type !== 'tokenRefreshed') return;
      const credentials = session?.current() ?? null;
      if (phase.name === 'connected' && identityOf(credentials) !== identity) changeUser();
      else write({ tokenExpiresAt: event.expiresAt });
    },
    signedOut(error) {
      endSession(error ? 'session-ended' : 'signed-out');
      outbox.close(signedOutError);
      if (error) {
        resting = error;
        settleStarts(({ reject }) => reject(error));
      }
      // Without an error the source is asked again: visitors may connect, others wait for a sign-in.
      void shut();
    },
    signedIn(asAnother) {
      resting = null;
      if (asAnother && phase.name !== 'stopped' && phase.name !== 'parked') changeUser();
      else beginIfIdle();
    },
    async drainAndClose(timeout) {
      resting = 'logout';
      outbox.close(signedOutError);
      let report: LogoutReport = { drained: 0, aborted: 0, close: 'not-connected' };
      await shut(async (open) => {
        if (open.openedAt > 0) report = await drain(open, timeout);
        else open.abandon();
      });
      endSession('logout');
      return report;
    },
    logger,
  };

  async function drain(open: Link, timeout: number): Promise<LogoutReport> {
    const streams = open.endStreams(signedOutError());
    const pending = open.inFlight;
    await settledWithin(open.idle(), timeout);
    const left = open.inFlight;
    return { drained: pending - left, aborted: left + streams, close: await open.close(timeout) };
  }

  function changeUser(): void {
    outbox.detach();
    outbox.rejectWaiting(identityChanged);
    void shut();
  }

  /** Tells once that a user is gone. */
  function endSession(reason: 'session-ended' | 'signed-out' | 'logout'): void {
    const hadUser = snapshot().auth === 'authenticated';
    identity = null;
    write({ auth: 'signed-out', userId: null, tokenExpiresAt: null });
    if (hadUser) emit({ type: 'sessionEnded', reason });
  }

  async function logout(given: LogoutOptions): Promise<LogoutReport> {
    if (session) {
      // A client that was never started takes part, too: it may be the only one that the app has at hand.
      const leaveSession = intent ? () => {} : session.enter(member);
      return session.logout(given).finally(leaveSession);
    }
    return member.drainAndClose(given.timeout ?? logoutTimeout);
  }

  function groupNews(news: GroupNews): void {
    if (news.type === 'groupJoined') {
      // Whatever the group heard while it was not joined is missing.
      if (news.late && phase.name === 'connected') write({ gaps: snapshot().gaps + 1 });
      emit({ type: 'groupJoined', group: news.group });
    } else {
      emit(news);
    }
  }

  return { start, stop, logout, dispose, groupNews };
}

function identityChanged(): HubError {
  return new HubError('identity-changed', 'Another user signed in before this call could be made.', { sent: 'no' });
}

function identityOf(credentials: Credentials | null | undefined): Identity {
  return credentials ? (credentials.userId ?? unnamed) : null;
}

function expiryOf(credentials: Credentials | null): number | null {
  return (credentials && 'token' in credentials && credentials.expiresAt) || null;
}
