import { handOverGroups } from '../groups/handover.js';
import { LinkError } from '../link/failure.js';
import type { Link } from '../link/link.js';
import { settledWithin } from '../platform/clock.js';
import { deferred } from '../platform/deferred.js';
import { onPageChange } from '../platform/page.js';
import type { Credentials } from '../sources/token-source.js';
import { HubError } from '../vocabulary/errors.js';
import { logoutTimeout } from '../vocabulary/options.js';
import { createGate, standBetween } from './gate.js';
import { makeLink, openLink } from './open-link.js';
import type { RotationHost } from './rotation.js';

/** Ms that calls may take to finish on the old link: as long again once new ones wait. */
const patience = 5_000;

/**
 * Make before break: a second link opens with the new token, is prepared and joins all groups, while the first one alone
 * delivers. Then the calls are let finish, the first link is closed the acknowledged way, and the second one goes on.
 *
 * @param interrupted rejects where nobody wants this any more
 * @returns how many messages both links heard
 * @throws LinkError where it cannot be done; the first link is then as it was
 */
export async function overlap(
  host: RotationHost,
  first: Link,
  credentials: Credentials,
  signal: AbortSignal,
  interrupted: Promise<never>,
): Promise<{ link: Link; duplicates: number }> {
  const { options, dispatch, outbox, groups, logger } = host;
  const second = await makeLink(options, credentials, logger);
  const giveUp = deferred<never>();
  const failWith = (why: string): void => giveUp.reject(new LinkError({ kind: 'lost', cause: new Error(why) }));
  const gate = createGate(options, dispatch.answers, () => failWith('Too many messages to hold back.'));
  const takeAway = standBetween(gate, first, second);
  const handover = handOverGroups(groups.inside, options.groups, first, second);
  // What has been asleep for a while has not heard everything.
  const leavePage = onPageChange(() => failWith('The page was away.'));
  const stopped = Promise.race([interrupted, giveUp.promise]);
  stopped.catch(() => {});
  let ready = false;
  let lost = false;
  void first.ended.then(() => {
    lost = true;
    gate.leaving();
    outbox.detach();
    if (!ready) host.enter({ name: 'opening', attempt: 0, error: replaced('The connection was lost.') });
  });

  async function joinGroups(): Promise<{ joined: number; failed: number }> {
    await handover.join();
    const states = [...groups.states().values()];
    const joined = states.filter(({ status }) => status === 'joined').length;
    return { joined, failed: states.length - joined };
  }

  try {
    host.use(first, second);
    dispatch.attach(second);
    const settled = await Promise.race([openLink(second, options, { attach: joinGroups }), stopped]);
    ready = true;
    gate.joined();
    // If the first one died meanwhile, the groups that were missing make it a gap.
    const gap = lost;
    if (!lost) await Promise.race([leaveFirst(), first.ended, stopped]);
    if (signal.aborted) await stopped;
    const duplicates = gate.release();
    handover.take();
    host.use(second);
    if (gap) host.connected(second, settled);
    else {
      host.enter({ name: 'connected', connectionId: second.context.connectionId || null });
      outbox.attach(second);
    }
    return { link: second, duplicates };
  } catch (thrown) {
    handover.giveUp();
    // Whoever stopped the client closes the second link, too, and in order.
    if (!signal.aborted) {
      second.abandon();
      host.use(first);
    }
    throw thrown;
  } finally {
    takeAway();
    leavePage();
  }

  async function leaveFirst(): Promise<void> {
    await settledWithin(Promise.race([idle(first), first.ended]), patience);
    if (lost || signal.aborted) return;
    // In this very moment nothing is under way, or time is over.
    outbox.detach();
    await first.drain(replaced('The connection was replaced: open the stream again.'), patience);
    gate.leaving();
    await first.close(logoutTimeout);
  }
}

const replaced = (message: string): HubError => new HubError('connection-lost', message);

/** Resolves in a moment in which no call and no stream is under way. */
async function idle({ calls, streams }: Link): Promise<void> {
  while (calls.size + streams.size > 0) {
    await Promise.race([...calls, settledWithin(new Promise(() => {}), 10)]).catch(() => {});
  }
}
