import { carryToken } from '../link/carry-token.js';
import { type Failure, LinkError } from '../link/failure.js';
import type { Link } from '../link/link.js';
import { backoffDelay } from '../platform/backoff.js';
import { after, at, now, random } from '../platform/clock.js';
import { deferred } from '../platform/deferred.js';
import { interruption } from '../platform/interruption.js';
import type { Session } from '../session/session.js';
import { keepRenewed } from '../session/renewal.js';
import { isOver, type TokenAsk } from '../session/token-keeper.js';
import type { Credentials } from '../sources/token-source.js';
import { expiryOf, tokenOf } from '../vocabulary/credentials.js';
import { asError, HubError } from '../vocabulary/errors.js';
import type { HubEvents } from '../vocabulary/events.js';
import { logoutTimeout, retryLimits } from '../vocabulary/options.js';
import { classify } from './classify.js';
import { connectionLost, isExpiry, type Life, lossOf } from './life.js';
import type { Phase } from './lifecycle.js';
import { overlap } from './overlap.js';
import { isRefused, offerOf, refreshConnection, renewByApp } from './renew-in-place.js';
import type { SupervisorParts } from './parts.js';

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

export function createRotation(host: RotationHost): Rotation {
  const { options, logger, emit, write, session } = host;
  const { rotation } = options;
  const renewal = keepRenewed(session, emit);
  let attended: AbortSignal | undefined;
  let life: Life | null = null;
  /** This server has been seen to do so; most never do. */
  let closesAtExpiry: boolean | undefined;
  let next: Promise<void> | null = null;

  function attend(signal: AbortSignal): void {
    attended = signal;
    signal.addEventListener('abort', renewal.stop);
    renewed();
  }

  async function live(link: Link, credentials: Credentials, signal: AbortSignal): Promise<LifeEnd> {
    const over = interruption();
    const mine: Life = {
      link,
      credentials,
      signal,
      carried: carryToken(link),
      task: null,
      news: deferred(),
      over,
      lost: lossOf(link),
      doom: null,
      liftDoom: () => {},
    };
    life = mine;
    const leave = (): void => {
      mine.liftDoom();
      if (life === mine) life = null;
      signal.removeEventListener('abort', leave);
      over.end(new HubError('closed', 'The connection was stopped.'));
    };
    signal.addEventListener('abort', leave);
    offered(mine);
    // The token may have been renewed while the link was being opened.
    renewed();
    for (;;) {
      const current = mine.link;
      const lost = await Promise.race([current.ended, mine.news.promise]);
      // Its successor may be nearly there.
      await mine.task?.catch(() => {});
      const { doom } = mine;
      const expired = doom && now() >= expiryOf(mine.credentials);
      if (mine.link !== current || !(lost ?? expired)) {
        mine.news = deferred();
        continue;
      }
      leave();
      const held = session.current();
      if (expired) {
        // Whoever stops the client meanwhile waits for it, too; who signs in meanwhile has it tried once more.
        host.outbox.detach();
        await current.close(logoutTimeout);
      } else if (lost) closesAtExpiry ||= isExpiry(lost, mine);
      const refused = session.current() === held ? doom : null;
      return { failure: doom ?? lost!, refused, credentials: mine.credentials };
    }
  }

  /** The server may say with each negotiate how long it lets the token live. */
  function offered(on: Life): void {
    const offer = offerOf(on.link);
    if (offer) lasts(on, on.link.openedAt + offer.tokenLifetimeSeconds * 1000);
  }

  function lasts(on: Life, expiresAt: number): void {
    // A server, or an app, that is wrong would have its token renewed without a pause.
    if (!(expiresAt > now() + 1_000 && expiresAt < Infinity)) return logger.log('warn', 'Wrong expiry.');
    session.lasts(on.credentials, expiresAt);
    on.credentials = { ...on.credentials, expiresAt } as Credentials;
    renewal.look();
    write({ tokenExpiresAt: expiresAt });
  }

  function renewed(): void {
    if (attended && !attended.aborted) renewal.look();
    // The connection is left as it is; the next one may do with another token.
    if (rotation === 'off') life?.liftDoom();
    else if (life && !life.task)
      rotate(life, false).catch((error: unknown) => logger.log('debug', `Not renewed: ${asError(error).message}`));
  }

  /** Whoever asks before it begins shares it. */
  function refreshNow(): Promise<void> {
    next ??= (async () => {
      do {
        await life?.task?.catch(() => {});
      } while (life?.task);
      next = null;
      if (!life) throw connectionLost();
      await rotate(life, true);
    })();
    return next;
  }

  function rotate(on: Life, requested: boolean): Promise<void> {
    const before = on.link;
    on.task = run(on, requested).finally(() => {
      on.task = null;
      if (on.link !== before) on.news.resolve();
    });
    return on.task;
  }

  /** Tries until it is done, or until the link’s own token expires. A failed try leaves the link as it was. */
  async function run(on: Life, requested: boolean): Promise<void> {
    let attempt = 0;
    let refused: Failure | null = null;
    let ask: TokenAsk | null = null;
    let fresh: Credentials | null | undefined;
    if (requested) await alive(on, session.token({ reason: 'requested', force: true }));
    for (;;) {
      try {
        if (ask) await alive(on, session.token(ask).catch(sourceFailed));
        fresh = session.current();
        if (!fresh) throw new HubError('closed', 'Nobody is signed in.');
        if (!requested && tokenOf(fresh) === tokenOf(on.credentials)) return;
        // The refresh gave the refused token again: the first answer stands.
        if (refused && ask?.rejected && ask.rejected === tokenOf(fresh)) throw new LinkError(refused);
        ask = null;
        const taken = await on.over.race(takeRung(on, fresh, requested));
        on.liftDoom();
        if (!taken) return;
        requested = false;
        attempt = 0;
        refused = null;
      } catch (thrown) {
        if (!(thrown instanceof LinkError) || on.signal.aborted) throw thrown;
        const { failure } = thrown;
        // Of a token whose time is over by now a refusal says nothing more.
        const over = isOver(fresh);
        if (over) refused = null;
        const verdict = classify(failure, {
          url: on.link.url,
          connectedBefore: true,
          attempt,
          credentials: fresh,
          refused: !!refused,
          now: now(),
        });
        if (verdict.action === 'stop') {
          doom(on, failure);
          throw verdict.error;
        }
        if (verdict.fresh) {
          ask = { reason: 'rejected', force: true, rejected: tokenOf(fresh) };
          if (!over) {
            refused = failure;
            continue;
          }
        }
        const delay = verdict.delay || backoffDelay(attempt++, retryLimits, random());
        if (now() + delay >= expiryOf(on.credentials)) throw verdict.error;
        await pause(on, delay);
      }
    }
  }

  /** What is waited for, unless nobody wants the connection any more, or it is lost: then the next one must not wait. */
  function alive<T>(on: Life, promise: Promise<T>): Promise<T> {
    return on.over.race(on.lost.race(promise));
  }

  async function pause(on: Life, delay: number): Promise<void> {
    const passed = deferred();
    const cancel = after(delay, passed.resolve);
    await alive(on, passed.promise).finally(cancel);
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
        const expiresAt = await alive(
          on,
          byApp ? renewByApp(byApp, on.link, token) : refreshConnection(on.link, offer!, token, options.signalr),
        );
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
      const { link, duplicates } = await overlap(host, on.link, fresh, on.signal, on.over);
      on.link = link;
      on.lost = lossOf(link);
      on.credentials = fresh;
      on.carried = carryToken(link);
      offered(on);
      return done('overlap', duplicates);
    }
    // Long polling: the next poll carries the new token, and that moves the expiry. Elsewhere nothing needs to be done.
    if (token) on.carried.use(token);
    if (on.carried.polls) on.credentials = fresh;
    return false;
  }

  /** The connection ends when its own token does: nothing but another token could carry it further. */
  function doom(on: Life, failure: Failure): void {
    on.liftDoom();
    on.doom = failure;
    const cancel = at(expiryOf(on.credentials), () => on.news.resolve());
    on.liftDoom = () => {
      cancel();
      on.doom = null;
    };
  }

  return { attend, live, renewed, now: refreshNow };
}

function sourceFailed(cause: HubError): never {
  throw new LinkError({ kind: 'source', cause });
}
