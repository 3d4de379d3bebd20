import { type CarriedToken, carryToken } from '../link/carry-token.js';
import { type Failure, LinkError } from '../link/failure.js';
import type { Link } from '../link/link.js';
import { backoffDelay } from '../platform/backoff.js';
import { at, now, random, settledWithin } from '../platform/clock.js';
import { type Deferred, deferred } from '../platform/deferred.js';
import type { Session } from '../session/session.js';
import { keepRenewed } from '../session/renewal.js';
import { renewAhead } from '../session/token-keeper.js';
import type { Credentials } from '../sources/token-source.js';
import { expiryOf, tokenOf } from '../vocabulary/credentials.js';
import { asError, HubError } from '../vocabulary/errors.js';
import type { HubEvents } from '../vocabulary/events.js';
import { logoutTimeout, retryLimits } from '../vocabulary/options.js';
import { classify } from './classify.js';
import type { Phase } from './lifecycle.js';
import { overlap } from './overlap.js';
import { isRefused, offerOf, refreshConnection, renewByApp } from './renew-in-place.js';
import type { SupervisorParts } from './supervisor.js';

/** What the supervisor lets a rotation do: it stays the one writer of the state. */
export interface RotationHost extends SupervisorParts {
  readonly session: Session;
  enter(phase: Phase): void;
  /** A link is open, prepared and in its groups, after messages were missed. */
  connected(link: Link, groups: { joined: number; failed: number }): void;
  /** This is the link; the other one, which is about to take its place, is closed with whatever is closed. */
  use(link: Link, successor?: Link | null): void;
}

/** How the last of its links ended. `refused`: a status that a fresh token has been tried against already. */
export interface LifeEnd {
  readonly failure: Failure;
  readonly credentials: Credentials | null;
  readonly refused: Failure | null;
}

/**
 * Renews the identity of a live connection whenever its token is: in place where the server can, else with a second link.
 * Loaded when a client with users is connected for the first time.
 */
export interface Rotation {
  /** A token is needed until the signal aborts: it is renewed ahead of its expiry. */
  attend(signal: AbortSignal): void;
  /** Lives with an open link and its successors; resolves when the last one has ended. */
  live(link: Link, credentials: Credentials, signal: AbortSignal): Promise<LifeEnd>;
  /** The token was renewed. */
  renewed(): void;
  /** A fresh token and a fresh principal, now. @throws HubError */
  now(): Promise<void>;
}

interface Life {
  link: Link;
  /** What the server knows of us. */
  credentials: Credentials;
  readonly signal: AbortSignal;
  carried: CarriedToken;
  /** One rotation at a time. */
  task: Promise<void> | null;
  /** Another link has taken the place. */
  moved: Deferred;
  /** Rejects when nobody wants this connection any more. */
  readonly over: Deferred<never>;
  /** What will be said once the link has expired: no token is good enough for a new one. */
  doom: Deferred<Failure>;
  dead: boolean;
}

export function createRotation(host: RotationHost): Rotation {
  const { options, logger, emit, write } = host;
  const { session } = host;
  const { rotation } = options;
  const renewal = keepRenewed(session, emit);
  let attended: AbortSignal | undefined;
  let life: Life | null = null;
  /** This server has been seen to do so; most never do. */
  let closesAtExpiry = false;

  function attend(signal: AbortSignal): void {
    attended = signal;
    signal.addEventListener('abort', renewal.stop);
    renewed();
  }

  async function live(link: Link, credentials: Credentials, signal: AbortSignal): Promise<LifeEnd> {
    const over = deferred<never>();
    const mine: Life = {
      link,
      credentials,
      signal,
      carried: carryToken(link),
      task: null,
      moved: deferred(),
      over,
      doom: deferred(),
      dead: false,
    };
    life = mine;
    const leave = (): void => {
      if (life === mine) life = null;
      signal.removeEventListener('abort', leave);
      over.reject(new HubError('closed', 'The connection was stopped.'));
    };
    signal.addEventListener('abort', leave);
    const offer = offerOf(link);
    if (offer) lasts(mine, link.openedAt() + offer.tokenLifetimeSeconds * 1000);
    // The token may have been renewed while the link was being opened.
    renewed();
    for (;;) {
      const current = mine.link;
      const doomed = mine.doom.promise.then((failure) => ({ failure, refused: failure }));
      const ended = current.ended.then((failure) => ({ failure, refused: null }));
      const end = await Promise.race([ended, doomed, mine.moved.promise]);
      mine.dead = !!end;
      // Its successor may be nearly there.
      await mine.task?.catch(() => {});
      if (mine.link !== current) {
        mine.dead = false;
        mine.moved = deferred();
        continue;
      }
      if (!end) continue;
      closesAtExpiry ||= isExpiry(end.failure, mine);
      leave();
      return { ...end, credentials: mine.credentials };
    }
  }

  function lasts(on: Life, expiresAt: number): void {
    session.lasts(on.credentials, expiresAt);
    on.credentials = { ...on.credentials, expiresAt } as Credentials;
    renewal.look();
    write({ tokenExpiresAt: expiresAt });
  }

  function renewed(): void {
    if (attended && !attended.aborted) renewal.look();
    if (rotation === 'off' || !life || life.task) return;
    rotate(life, false).catch((error: unknown) =>
      logger.log('debug', `The connection keeps its token: ${asError(error).message}`),
    );
  }

  async function refreshNow(): Promise<void> {
    await life?.task?.catch(() => {});
    if (!life) throw new HubError('connection-lost', 'The connection was lost.');
    await rotate(life, true);
  }

  function rotate(on: Life, requested: boolean): Promise<void> {
    const before = on.link;
    on.task = run(on, requested).finally(() => {
      on.task = null;
      if (on.link !== before) on.moved.resolve();
    });
    return on.task;
  }

  /** Tries until it is done, or until the link’s own token expires. A failed try leaves the link as it was. */
  async function run(on: Life, requested: boolean): Promise<void> {
    let attempt = 0;
    let forced = false;
    if (requested) await Promise.race([session.token({ reason: 'requested', force: true }), on.over.promise]);
    for (;;) {
      const fresh = session.current();
      if (!fresh || (!requested && tokenOf(fresh) === tokenOf(on.credentials))) return;
      try {
        if (!(await Promise.race([takeRung(on, fresh, requested), on.over.promise]))) return;
        requested = false;
        attempt = 0;
      } catch (thrown) {
        if (!(thrown instanceof LinkError) || on.signal.aborted || on.dead) throw thrown;
        const verdict = classify(thrown.failure, {
          url: on.link.url.replace(/[?#].*/, ''),
          connectedBefore: true,
          attempt,
          hasToken: true,
          refreshed: forced,
          nearExpiry: false,
          young: false,
          unseen: false,
        });
        if (verdict.action === 'stop') {
          doom(on, thrown.failure);
          throw verdict.error;
        }
        if (verdict.fresh) {
          forced = true;
          await session.token({ reason: 'rejected', force: true, rejected: tokenOf(fresh) });
          continue;
        }
        const delay = verdict.delay ?? backoffDelay(attempt++, retryLimits, random());
        if (now() + delay >= expiryOf(on.credentials)) throw verdict.error;
        await Promise.race([settledWithin(on.link.ended, delay), on.over.promise]);
        if (on.dead) throw verdict.error;
      }
    }
  }

  /** The best way that there is; false where there is none. */
  async function takeRung(on: Life, fresh: Credentials, requested: boolean): Promise<boolean> {
    const started = now();
    const done = (method: HubEvents['rotated']['method'], duplicatesDropped = 0): true => {
      emit({ type: 'rotated', method, durationMs: now() - started, duplicatesDropped });
      return true;
    };
    const token = tokenOf(fresh);
    const byApp = typeof rotation === 'function' ? rotation : null;
    const offer = rotation === 'overlap' ? null : offerOf(on.link);
    if (token && (byApp || offer)) {
      try {
        const expiresAt = byApp
          ? await renewByApp(byApp, on.link, token)
          : await refreshConnection(on.link, offer!, token, options.signalr);
        on.carried.use(token);
        on.credentials = fresh;
        if (expiresAt) lasts(on, expiresAt);
        return done(byApp ? 'custom' : 'refresh');
      } catch (thrown) {
        // Other claims than before may need another connection.
        if (byApp || rotation === 'refresh' || !(await isRefused(thrown))) throw thrown;
      }
    }
    if (rotation === 'overlap' || requested || (rotation === 'auto' && closesAtExpiry)) {
      const { link, duplicates } = await overlap(host, on.link, fresh, on.signal, on.over.promise);
      on.link = link;
      on.credentials = fresh;
      on.carried = carryToken(link);
      return done('overlap', duplicates);
    }
    // Long polling: the next poll carries the new token, and that moves the expiry. Elsewhere nothing needs to be done.
    if (token) on.carried.use(token);
    on.credentials = on.carried.polls ? fresh : on.credentials;
    return false;
  }

  function doom(on: Life, failure: Failure): void {
    const cancel = at(expiryOf(on.credentials), () => {
      void on.link.close(logoutTimeout);
      on.doom.resolve(failure);
    });
    on.over.promise.catch(cancel);
  }

  return { attend, live, renewed, now: refreshNow };
}

function isExpiry(failure: Failure, { credentials, link }: Life): boolean {
  const expiresAt = expiryOf(credentials);
  const close = failure.kind === 'closed-by-server' && failure.allowReconnect;
  return close && expiresAt - now() < renewAhead(expiresAt - link.openedAt());
}
