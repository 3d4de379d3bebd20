import type { GroupNews } from '../groups/group-ledger.js';
import { type Failure, LinkError } from '../link/failure.js';
import type { Link } from '../link/link.js';
import { backoffDelay } from '../platform/backoff.js';
import { now, random } from '../platform/clock.js';
import { type Deferred, deferred } from '../platform/deferred.js';
import { isOnline, onPageChange } from '../platform/page.js';
import type { SessionMember } from '../session/session.js';
import { isOver, renewAhead, type TokenAsk } from '../session/token-keeper.js';
import type { Credentials } from '../sources/token-source.js';
import { expiryOf, shownExpiryOf, tokenOf } from '../vocabulary/credentials.js';
import { HubError, notLoaded } from '../vocabulary/errors.js';
import type { HubEvents } from '../vocabulary/events.js';
import { type LogoutOptions, type LogoutReport, logoutTimeout, type StartOptions } from '../vocabulary/options.js';
import type { HubSnapshot } from '../vocabulary/snapshot.js';
import type { Verdict } from './classify.js';
import { due } from './due.js';
import { type Identity, identityOf, replaced, signedOff, stopped, stoppedBy } from './identity.js';
import { judge } from './judge.js';
import { type Phase, phases, statusOf } from './lifecycle.js';
import { makeLink, openLink } from './open-link.js';
import type { SupervisorParts } from './parts.js';
import type { Rotation, RotationHost } from './rotation.js';

/**
 * Runs the life cycle: one loop opens links, lives with them and opens the next, until its signal is aborted. Whatever
 * interrupts it (stop, logout, another user) aborts the loop, closes the link, and then looks at what is wanted now.
 */
export interface Supervisor {
  start(options?: StartOptions): Promise<void>;
  stop(): Promise<void>;
  logout(options?: LogoutOptions): Promise<LogoutReport>;
  dispose(): Promise<void>;
  refreshAuthentication(): Promise<void>;
  groupNews(news: GroupNews): void;
}

export function createSupervisor(parts: SupervisorParts): Supervisor {
  const { options, session, outbox, dispatch, groups, logger, snapshot, write, emit } = parts;
  const { reconnect } = options;
  const starts = new Set<Deferred>();
  let phase: Phase = { name: 'stopped', error: null };
  let intent = false;
  let disposed = false;
  /** Why a client with intent rests until somebody signs in or start() is called: its own logout, or the session’s end. */
  let resting: 'logout' | HubError | null = null;
  let run: AbortController | null = null;
  let link: Link | null = null;
  /** It is about to take the place of `link`. */
  let successor: Link | null = null;
  let rotation: Promise<Rotation> | null = null;
  let closing: Promise<void> | null = null;
  let identity: Identity | undefined;
  /** It has been connected since start(), or ever. */
  let again = false;
  let connectedBefore = false;
  let attempt = 0;
  let lostAt = 0;
  let leaveSession: (() => void) | undefined;
  let leavePage = (): void => {};
  let wake = leavePage;

  /** The one writer of the state. */
  function enter(to: Phase, patch: Partial<HubSnapshot> = {}): void {
    if (!phases[phase.name].includes(to.name, 1)) return;
    const from = statusOf(phase, again);
    if (phase.name === 'connected') lostAt = now();
    again = to.name === 'connected' || (again && to.name !== 'stopped');
    phase = to;
    const { name, ...data } = to;
    const status = statusOf(to, again);
    write({
      attempt: 0,
      retryAt: null,
      error: null,
      connectionId: null,
      ...data,
      status,
      groups: groups.states(),
      ...patch,
    });
    logger.log('debug', name);
    if (from !== status) emit({ type: 'statusChanged', from, to: status, cause: snapshot().error });
  }

  // --- intent ------------------------------------------------------------------------------------------------------

  async function start({ signal }: StartOptions = {}): Promise<void> {
    if (disposed) throw new HubError('closed', 'This client is disposed of: create another.');
    const aborted = (): HubError => new HubError('aborted', 'start() was cancelled.', { cause: signal?.reason });
    if (signal?.aborted) throw aborted();
    resting = null;
    if (!intent) {
      intent = true;
      leaveSession = session?.enter(member);
      leavePage = onPageChange(pageChanged);
    }
    if (phase.name === 'connected') return;
    const pending = deferred();
    const abort = (): void => {
      starts.delete(pending);
      pending.reject(aborted());
      if (!starts.size && phase.name !== 'connected') void stop();
    };
    starts.add(pending);
    signal?.addEventListener('abort', abort);
    beginIfIdle();
    await pending.promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  function settleStarts(error?: HubError): void {
    for (const { resolve, reject } of starts) (error ? reject : resolve)(error as never);
    starts.clear();
  }

  function stop(): Promise<void> {
    intent = false;
    leavePage();
    settleStarts(stopped());
    outbox.close(stopped);
    // A logout of others waits for this, too.
    return shut().finally(leaveUnlessWanted);
  }

  function dispose(): Promise<void> {
    disposed = true;
    groups.dispose();
    return stop();
  }

  function beginIfIdle(): void {
    if (intent && !closing && !active()) begin();
  }

  function begin(): void {
    const mine = (run = new AbortController());
    outbox.detach();
    // Code for what happens later, loaded while the first link is opened. Without rotation a link lives until it expires.
    const loaded = Promise.all([loadRotation(), judge(null), outbox.load()]).then(
      ([rotates]) => {
        rotates?.attend(mine.signal);
        return rotates;
      },
      () => null,
    );
    void live(mine.signal, loaded).finally(() => mine.abort());
  }

  /** Ends the loop and closes the link, the acknowledged way; then looks at what is wanted now. */
  function shut(close = (open: Link): Promise<unknown> => open.close(logoutTimeout)): Promise<void> {
    run?.abort();
    enter({ name: 'closing' });
    closing ??= (async () => {
      // Also where there is nothing to close: what follows belongs after this call.
      await Promise.all([link && close(link), successor?.close(logoutTimeout)]);
      release();
      closing = null;
      if (intent && !resting) begin();
      else enter({ name: 'stopped', error: resting === 'logout' ? null : resting });
    })();
    return closing;
  }

  /** What belonged to the link is gone with it. */
  function release(): void {
    link = successor = null;
    groups.detach();
  }

  // --- the loop: open a link, live with it, open the next ----------------------------------------------------------

  async function live(signal: AbortSignal, loaded: Promise<Rotation | null>): Promise<void> {
    let ask: TokenAsk = { reason: connectedBefore ? 'reconnect' : 'connect' };
    let refused: Failure | null = null;
    /** Of the last try; since when it has met nothing that shows a status, 0 where it has. */
    let token: string | undefined;
    let unseenSince = 0;
    attempt = 0;
    for (;;) {
      enter({ name: 'opening', attempt, error: snapshot().error });
      let credentials: Credentials | null = null;
      let failure: Failure;
      try {
        credentials = (await session?.token(ask).catch(sourceFailed)) ?? null;
        if (signal.aborted) return;
        if (!credentials && options.anonymous === 'wait') return park();
        if (token !== tokenOf(credentials)) unseenSince = 0;
        // The refresh gave the refused token again: the first answer stands.
        if (refused && ask.rejected && ask.rejected === tokenOf(credentials)) throw new LinkError(refused);
        identify(credentials);
        const opening = await makeLink(options, credentials, logger);
        if (signal.aborted) return;
        link = opening;
        dispatch.attach(link);
        const settled = await openLink(link, options, groups);
        // Whoever is connected has it, also under a test’s fake clock.
        const rotates = await loaded;
        if (signal.aborted) return;
        connected(link, settled);
        if (rotates && credentials) {
          ({ failure, credentials, refused } = await rotates.live(link, credentials, signal));
        } else {
          refused = null;
          failure = await link.ended;
        }
      } catch (thrown) {
        // Whatever else was thrown ends this try, and never the loop.
        ({ failure = { kind: 'lost', cause: thrown } as Failure } = thrown as Partial<LinkError>);
        // Of a token whose time is over by now a refusal says nothing more.
        if (isOver(credentials)) refused = null;
      }
      if (signal.aborted) return;
      outbox.detach();
      const openedAt = link?.openedAt ?? 0;
      const stable = !!openedAt && now() - openedAt >= reconnect.stableAfter;
      if (stable) attempt = 0;
      release();
      const expiresAt = expiryOf(credentials);
      const verdict = await judge(failure, {
        url: options.url,
        connectedBefore,
        attempt,
        credentials,
        refused: !!refused,
        // As far ahead as tokens are renewed: the server’s clock may be before ours.
        nearExpiry: expiresAt - now() < renewAhead(expiresAt - openedAt),
        young: !stable,
        unseenSince,
        online: isOnline(),
        now: now(),
      });
      if (signal.aborted) return;
      if (verdict.action === 'stop') return stopWith(verdict);
      const { error, fresh, delay } = verdict;
      ({ unseenSince } = verdict);
      if (failure.kind !== 'source') {
        token = tokenOf(credentials);
        ask = {
          ...(failure.kind === 'status' ? { reason: 'rejected', status: failure.status } : { reason: 'reconnect' }),
          force: fresh,
          rejected: fresh ? token : undefined,
        };
      }
      if (fresh && failure.kind === 'status' && !isOver(credentials)) {
        refused = failure;
        continue;
      }
      if (attempt >= reconnect.maxAttempts) return stopWith({ error });
      if (!again && !attempt) logger.log('warn', `${error.message} ${error.remediation}`);
      const retryAt = now() + (delay ?? backoffDelay(attempt, reconnect, random()));
      attempt += 1;
      enter({ name: 'waiting', attempt, error, retryAt });
      if (again) emit({ type: 'reconnecting', cause: error, attempt, retryAt });
      await due(retryAt, signal, (early) => (wake = early));
      if (signal.aborted) return;
    }
  }

  /** Much code that the first connect need not wait for. */
  function loadRotation(): Promise<Rotation> | null {
    rotation ??=
      session &&
      import('./rotation.js').then(
        ({ createRotation }) => createRotation({ ...host, session }),
        (cause) => {
          rotation = null;
          throw notLoaded(cause);
        },
      );
    return rotation;
  }

  const host: Omit<RotationHost, 'session'> = {
    ...parts,
    enter,
    connected,
    use(next, expected = null) {
      link = next;
      successor = expected;
    },
  };

  async function refreshAuthentication(): Promise<void> {
    if (!active()) throw stopped();
    if (phase.name !== 'connected') {
      const pending = deferred();
      starts.add(pending);
      await pending.promise;
    }
    await (await loadRotation())?.now();
  }

  function sourceFailed(cause: HubError): never {
    throw new LinkError({ kind: 'source', cause });
  }

  /** Notes whose connection this is going to be. */
  function identify(credentials: Credentials | null): void {
    const before = identity;
    identity = identityOf(credentials);
    if (before !== undefined && before !== identity) {
      outbox.reject(replaced);
      groups.detach(true);
    }
    write({
      auth: credentials ? 'authenticated' : 'anonymous',
      userId: credentials?.userId ?? null,
      tokenExpiresAt: shownExpiryOf(credentials),
    });
  }

  function connected(opened: Link, { joined, failed }: { joined: number; failed: number }): void {
    const { gaps } = snapshot();
    enter(
      { name: 'connected', connectionId: opened.context.connectionId || null },
      { gaps: gaps + Number(connectedBefore) },
    );
    outbox.attach(opened);
    settleStarts();
    if (connectedBefore) emit({ type: 'restored', gapMs: now() - lostAt, joined, failed });
    connectedBefore = true;
  }

  function park(): void {
    outbox.close(signedOff);
    const { auth } = snapshot();
    if (auth === 'authenticated') endSession('signed-out');
    enter({ name: 'parked' }, auth === 'unknown' ? { auth: 'anonymous' } : {});
  }

  function stopWith({ error, event }: Omit<Verdict & { action: 'stop' }, 'action'>): void {
    outbox.close(() => stoppedBy(error));
    enter({ name: 'stopped', error });
    logger.log('error', `${error.message} ${error.remediation}`);
    if (event) emit(event);
    settleStarts(error);
  }

  function pageChanged(leaving: boolean): void {
    // A page in the back/forward cache may not hold a connection; the loop makes a new one when the page is back.
    if (leaving) link?.abandon();
    if (leaving || !isOnline()) return;
    // Another tab may have logged out, or renewed the token.
    session?.doubt();
    wake();
  }

  // --- what the session does to its members ------------------------------------------------------------------------

  const active = (): boolean => /opening|waiting|connected/.test(phase.name);

  const member: SessionMember = {
    emit(event) {
      emit(event);
      if (event.type !== 'tokenRefreshed') return;
      if (link && active() && identityOf(session?.current()) !== identity) changeUser();
      else {
        write({ tokenExpiresAt: event.expiresAt });
        renewed();
      }
    },
    signedOut(error) {
      endSession(error ? 'session-ended' : 'signed-out');
      outbox.close(signedOff);
      // Without an error the source is asked again: visitors may connect, others wait for a sign-in.
      resting = error ?? (options.anonymous === 'wait' ? 'logout' : null);
      if (error) settleStarts(error);
      void shut();
    },
    signedIn(asAnother) {
      resting = null;
      if (asAnother && active()) changeUser();
      else beginIfIdle();
      // The same user on the same connection, with another token.
      renewed();
    },
    async drainAndClose(timeout) {
      resting = 'logout';
      outbox.close(signedOff);
      let report: LogoutReport = { drained: 0, aborted: 0, close: 'not-connected' };
      await shut(async (open) => {
        if (open.openedAt)
          report = { ...report, ...(await open.drain(signedOff(), timeout)), close: await open.close(timeout) };
        else open.abandon();
      });
      endSession('logout');
      return report;
    },
    logger,
  };

  function renewed(): void {
    rotation?.then((loaded) => loaded.renewed()).catch(() => {});
  }

  function changeUser(): void {
    outbox.detach();
    // Before anybody was identified, what waits was called by whoever signs in now.
    if (identity !== undefined) outbox.reject(replaced);
    forgetUser();
    void shut();
  }

  /** What is still on its way to the user of before is for nobody’s eyes any more. */
  function forgetUser(): void {
    identity = undefined;
    groups.detach(true);
    if (link) link.gate = () => {};
  }

  /** Tells once that a user is gone. */
  function endSession(reason: HubEvents['sessionEnded']['reason']): void {
    const { auth } = snapshot();
    forgetUser();
    write({ auth: 'signed-out', userId: null, tokenExpiresAt: null });
    if (auth === 'authenticated') emit({ type: 'sessionEnded', reason });
  }

  async function logout(given: LogoutOptions = {}): Promise<LogoutReport> {
    if (!session) return member.drainAndClose(given.timeout ?? logoutTimeout);
    // A client that was never started takes part, too: it may be the only one that the app has at hand.
    leaveSession = session.enter(member);
    return session.logout(given).finally(leaveUnlessWanted);
  }

  function leaveUnlessWanted(): void {
    if (!intent) leaveSession?.();
  }

  function groupNews(news: GroupNews): void {
    if (news.type !== 'groupJoined') return emit(news);
    // Whatever the group heard while it was not joined is missing.
    if (news.late && phase.name === 'connected') write({ gaps: snapshot().gaps + 1 });
    emit({ type: news.type, group: news.group });
  }

  outbox.close(stopped);
  return { start, stop, logout, dispose, refreshAuthentication, groupNews };
}
