import { classify } from '../../packages/core/src/connection/classify.ts';
import { type Failure, LinkError } from '../../packages/core/src/link/failure.ts';
import { backoffDelay } from '../../packages/core/src/platform/backoff.ts';
import { keepRenewed } from '../../packages/core/src/session/renewal.ts';
import { sessionOf, type SessionMember } from '../../packages/core/src/session/session.ts';
import { renewAhead, type TokenAsk } from '../../packages/core/src/session/token-keeper.ts';
import type { Credentials } from '../../packages/core/src/sources/token-source.ts';
import { expiryOf, tokenOf } from '../../packages/core/src/vocabulary/credentials.ts';
import type { HubError } from '../../packages/core/src/vocabulary/errors.ts';
import { retryLimits } from '../../packages/core/src/vocabulary/options.ts';
import { down, type Fate, up } from './fate.ts';
import type { Connection, Hub, TokenEndPoint } from './servers.ts';
import { sleep } from './virtual-time.ts';

/** Ms for a whole connect: `signalr.timeout`. */
const patience = 15_000;

/**
 * The loop of the supervisor and that of a rotation without their links. Each decision is the core's own: `classify`,
 * `backoffDelay`, the limits, the session that asks for tokens, and the schedule that renews them.
 *
 * @param renews whether a new token reaches the live connection: by `refresh` or `overlap`; not so before a server without
 *   `refresh` has been seen to close at expiry
 * @param reconnect the option of that name
 */
export async function runOurs(
  hub: Hub,
  tokens: TokenEndPoint,
  fate: Fate,
  renews: boolean,
  reconnect: { baseDelay?: number } = {},
): Promise<void> {
  const limits = { ...retryLimits, ...reconnect };
  const session = sessionOf({ getToken: () => tokens.issue() });
  let link: Connection | null = null;
  let rotating = false;
  const renewal = keepRenewed(session, () => {});
  session.enter({
    ...bystander,
    emit({ type }) {
      if (type !== 'tokenRefreshed') return;
      renewal.look();
      if (link && renews && !rotating) {
        rotating = true;
        void rotate(link).finally(() => (rotating = false));
      }
    },
  });

  let ask: TokenAsk = { reason: 'connect' };
  let attempt = 0;
  let unseenSince = 0;
  let connectedBefore = false;
  let refusedBefore: Failure | null = null;
  for (;;) {
    let credentials: Credentials | null = null;
    let failure: Failure;
    let openedAt = 0;
    try {
      credentials = await session.token(ask).catch((cause: HubError) => {
        throw new LinkError({ kind: 'source', cause });
      });
      fate.tries += 1;
      const entered = await hub.connect(expiryOf(credentials), patience);
      if ('kind' in entered) throw new LinkError(entered);
      link = entered;
      openedAt = Date.now();
      up(fate);
      renewal.look();
      connectedBefore = true;
      refusedBefore = null;
      failure = await entered.ended;
      down(fate);
      link = null;
    } catch (thrown) {
      ({ failure } = thrown as LinkError);
    }
    const stable = openedAt > 0 && Date.now() - openedAt >= limits.stableAfter;
    if (stable) attempt = 0;
    const expiresAt = expiryOf(credentials);
    const verdict = classify(failure, {
      url: 'the hub',
      connectedBefore,
      attempt,
      credentials,
      refused: refusedBefore !== null,
      nearExpiry: expiresAt - Date.now() < renewAhead(expiresAt - openedAt),
      young: !stable,
      unseenSince,
      online: true,
      now: Date.now(),
    });
    if (verdict.action === 'stop') {
      fate.gaveUp = true;
      return;
    }
    const { fresh, delay } = verdict;
    ({ unseenSince } = verdict);
    if (failure.kind !== 'source')
      ask = {
        reason: failure.kind === 'status' ? 'rejected' : 'reconnect',
        force: fresh,
        rejected: fresh ? tokenOf(credentials) : undefined,
      };
    if (fresh && failure.kind === 'status') {
      refusedBefore = failure;
      continue;
    }
    const wait = delay ?? backoffDelay(attempt, limits, Math.random());
    attempt += 1;
    await sleep(wait);
  }

  /** Until it is done, or the link's own token expires. */
  async function rotate(on: Connection): Promise<void> {
    for (let tries = 0; link === on; tries += 1) {
      const expiresAt = expiryOf(session.current() ?? null);
      if (!(await hub.renew(on, expiresAt, patience))) return;
      const delay = backoffDelay(tries, retryLimits, Math.random());
      if (Date.now() + delay >= on.expiresAt) return;
      await sleep(delay);
    }
  }
}

/** Nobody signs in or out here. */
const bystander: SessionMember = {
  emit: () => {},
  signedOut: () => {},
  signedIn: () => {},
  drainAndClose: () => Promise.resolve({ drained: 0, aborted: 0, close: 'not-connected' }),
  logger: { log: () => {} },
};
