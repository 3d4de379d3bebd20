import { handOverGroups } from '../groups/handover.js';
import { type Failure, LinkError } from '../link/failure.js';
import type { Link } from '../link/link.js';
import { settledWithin } from '../platform/clock.js';
import { deferred } from '../platform/deferred.js';
import type { Interruption } from '../platform/interruption.js';
import { onPageChange } from '../platform/page.js';
import type { Credentials } from '../sources/token-source.js';
import { HubError } from '../vocabulary/errors.js';
import { logoutTimeout } from '../vocabulary/options.js';
import { createGate, standBetween } from './gate.js';
import { connectionLost } from './life.js';
import { makeLink, openLink } from './open-link.js';
import type { RotationHost } from './rotation.js';

/** Ms that calls may take to finish on the old link: as long again once new ones wait. */
const patience = 5_000;

/**
 * Make before break: a second link opens with the new token, is prepared and joins all groups, while the first one alone
 * delivers. Then the calls are let finish, the first link is closed the acknowledged way, and the second one goes on.
 *
 * @param over ends where nobody wants this any more
 * @returns how many messages both links heard
 * @throws LinkError where it cannot be done; the first link is then as it was
 */
export async function overlap(
  host: RotationHost,
  first: Link,
  credentials: Credentials,
  signal: AbortSignal,
  over: Interruption,
): Promise<{ link: Link; duplicates: number }> {
  const { options, dispatch, outbox, groups, logger } = host;
  /** From `leaving` on the first link is being closed, and there is no way back. */
  let phase: 'opening' | 'ready' | 'leaving' | 'over' = 'opening';
  let lost = false;
  /** Until the first link is known to have heard all that the second one was too late for. */
  let gap = true;
  let ready = false;
  const giveUp = deferred<never>();
  const stopped = over.race(giveUp.promise);
  stopped.catch(() => {});
  const failWith = (failure: Failure): void => {
    if (phase === 'opening' || phase === 'ready') giveUp.reject(new LinkError(failure));
  };
  const because = (why: string): void => failWith({ kind: 'lost', cause: new Error(why) });
  const gate = createGate(options, logger, () => because('Too many held.'));
  // What has been asleep for a while has not heard everything.
  const leavePage = onPageChange(() => because('The page was away.'));
  void first.ended.then(() => {
    if (phase === 'over') return;
    lost = true;
    gate.leaving();
    outbox.detach();
    if (phase === 'opening') host.enter({ name: 'opening', attempt: 0, error: connectionLost() });
  });
  let end = (): void => {};
  let forget = end;

  try {
    // Where it is stopped meanwhile, there is nothing yet that would have to be closed.
    const second = await Promise.race([makeLink(options, credentials, logger), stopped]);
    if (signal.aborted) await stopped;
    const takeAway = standBetween(gate, first, second);
    const handover = handOverGroups(groups.inside, options.groups, first, second);
    end = () => {
      handover.giveUp();
      // Whoever stopped the client closes the second link, too, and in order; what that one holds is for nobody any more.
      if (signal.aborted) return;
      takeAway(first);
      second.abandon();
      host.use(first);
      if (!lost) outbox.attach(first);
    };
    host.use(first, second);
    dispatch.attach(second);
    const joinGroups = async (): Promise<{ joined: number; failed: number }> => {
      await handover.join();
      ready = await answered(second);
      const states = [...groups.states().values()];
      const joined = states.filter(({ status }) => status === 'joined').length;
      return { joined, failed: states.length - joined };
    };
    const settled = await Promise.race([openLink(second, options, { attach: joinGroups }), stopped]);
    phase = 'ready';
    gate.joined();
    forget = onEnd(second, failWith);
    const outcome = lost || (await Promise.race([leaveFirst(second), first.ended, stopped]));
    if (signal.aborted) await stopped;
    phase = 'over';
    takeAway(second);
    const duplicates = gate.release(outcome === 'acknowledged');
    // A handler may have stopped the client.
    if (signal.aborted) await stopped;
    handover.take();
    host.use(second);
    if (gap) host.connected(second, settled);
    else {
      host.enter({ name: 'connected', connectionId: second.context.connectionId || null });
      outbox.attach(second);
    }
    return { link: second, duplicates };
  } catch (thrown) {
    phase = 'over';
    end();
    throw thrown;
  } finally {
    leavePage();
    forget();
    // Nobody waits for it any more; as long as it is open, all of this is held.
    giveUp.reject(null);
  }

  async function leaveFirst(second: Link): Promise<unknown> {
    const goesOn = (): boolean => phase === 'ready' && !lost && !signal.aborted;
    // With its answer the first one has heard what it was sent before all was ready. A server that is about to close it, or a
    // path that is dead already, would swallow that.
    const asked = answered(first).then((heard) => (gap = !(heard && ready)));
    // What the first one heard before has come here by now, too.
    await settledWithin(Promise.race([answered(second), stopped]), patience);
    await settledWithin(Promise.race([idle(first, goesOn), stopped]), patience);
    if (!goesOn()) return null;
    // In this very moment nothing is under way, or time is over.
    outbox.detach(true);
    const drained = first.drain(replaced(), patience);
    await Promise.all([drained, asked, settledWithin(first.errands.none(), patience)]);
    if (!goesOn()) return null;
    phase = 'leaving';
    gate.leaving();
    return first.close(logoutTimeout);
  }
}

/**
 * Asks for a method that no hub can have. A server takes calls once its `OnConnected` is through, which may join groups; the
 * client hears of its handshake before that has begun (measured, Kestrel 10: without this, messages were lost). And what was
 * sent here before the answer has come before it.
 *
 * @returns whether it was the server that answered: of server-sent events and of polls it may refuse the requests alone
 */
async function answered(link: Link): Promise<boolean> {
  let heard = false;
  const note = ({ sent }: HubError): boolean => (heard = sent === 'yes');
  await settledWithin(link.invoke('ready?', []).catch(note), patience);
  return heard;
}

/** Runs when the link ends, unless it is forgotten: a link that lives on must not hold the one before it, and so all of them. */
function onEnd(link: Link, run: (failure: Failure) => void): () => void {
  let wanted: typeof run | null = run;
  void link.ended.then((failure) => wanted?.(failure));
  return () => {
    wanted = null;
  };
}

const replaced = (): HubError => new HubError('connection-lost', 'The connection was replaced: open it again.');

/** Resolves in a moment in which no call and no stream is under way, or when nobody waits for that any more. */
async function idle({ calls, errands, streams }: Link, goesOn: () => boolean): Promise<void> {
  while (calls.count + errands.count + streams.size > 0 && goesOn()) {
    await settledWithin(streams.size ? new Promise(() => {}) : Promise.all([calls.none(), errands.none()]), 10);
  }
}
