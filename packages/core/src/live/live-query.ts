import type { HubClient } from '../hub-client.js';
import { backoffDelay } from '../platform/backoff.js';
import { after, now, random } from '../platform/clock.js';
import type { HubContract } from '../vocabulary/contract.js';
import { asError, HubError } from '../vocabulary/errors.js';
import type { HubSnapshot } from '../vocabulary/snapshot.js';
import { retryLimits } from '../vocabulary/options.js';
import { type LiveQueryOptions, type Reduce, resolveLiveQueryOptions } from './live-query-options.js';
import { initialLiveQuerySnapshot, type LiveQuerySnapshot } from './live-query-snapshot.js';
import { createLiveStore } from './live-store.js';
import { isAway, ownerOf, unnamed } from './owner.js';
import { createUniqueItems } from './unique-items.js';

/** Data that is loaded once, kept up by messages, and loaded again where messages may have been missed. */
export interface LiveQuery<T> {
  getSnapshot(): LiveQuerySnapshot<T>;
  /**
   * Calls the listener after each change, once for all that changes in a tick. The query works while somebody listens: with
   * the first listener it hears messages, joins its group and loads; a tick after the last one has gone it lets go of all
   * that, and keeps its data for whoever comes next, who has it loaded again.
   */
  subscribe(listener: () => void): () => void;
  /** Loads now, and asks for a refused group again. What is under way is aborted; nothing happens while nobody listens. */
  reload(): void;
  /** Lets go of everything, at once. Final; the last snapshot stays. */
  dispose(): void;
}

/**
 *   stopped ──► waiting ──► loading ──► live
 *                  ▲           │
 *                  │           ├──► retrying ──► waiting
 *                  │           └──► resting
 *
 *   any but stopped ──► waiting    messages were missed; another user; reload()
 *   live ──► retrying, resting     a reducer threw
 *   any ──► stopped                nobody listens
 */
type Phase =
  | { readonly name: 'stopped' }
  /** For the connection and the group. */
  | { readonly name: 'waiting' }
  | { readonly name: 'loading'; readonly controller: AbortController }
  | { readonly name: 'retrying'; readonly at: number; readonly cancel: () => void }
  /** It failed, and another try would not help, or is not wanted. */
  | { readonly name: 'resting' }
  | { readonly name: 'live'; readonly since: number };

/**
 * Nothing is missing, and nothing is there twice: it hears messages first, and loads then; what comes meanwhile is applied
 * to what was loaded, in order. The data is that of one user: of another one there is nothing left.
 *
 * @throws HubError `configuration` for an option that cannot work; the message names it
 */
export function createLiveQuery<C extends HubContract, T>(
  hub: HubClient<C>,
  options: LiveQueryOptions<C, T>,
): LiveQuery<T> {
  const { load, on, group, itemKey, retry, bufferSize } = resolveLiveQueryOptions(options);
  // The untyped client is what runs.
  const client = hub as unknown as HubClient;
  const unique = createUniqueItems(itemKey);
  const store = createLiveStore<LiveQuerySnapshot<T>>(initialLiveQuerySnapshot);
  let listening = 0;
  let cancelStop = (): void => {};
  let release: (() => void)[] = [];
  let disposed = false;
  let retryGroup = (): void => {};

  let phase: Phase = { name: 'stopped' };
  let seen = client.getSnapshot();
  let owner = ownerOf(seen);
  let held: { readonly data: T } | null = null;
  let error: Error | null = null;
  /** In a row. That a load succeeds does not end the row: a reducer may throw at the next message again. */
  let failures = 0;

  /** Messages that there is nothing to apply to yet; the first `old` of them were heard on a connection that was lost since. */
  let buffer: [reduce: Reduce<T>, args: unknown[]][] = [];
  let old = 0;

  // --- what is shown -----------------------------------------------------------------------------------------------

  function enter(to: Phase): Phase {
    const from = phase;
    phase = to;
    if (from.name === 'retrying') from.cancel();
    publish();
    // Listeners of the signal are the app's: they come last.
    if (from.name === 'loading' && to.name !== 'live') from.controller.abort();
    return to;
  }

  function publish(): void {
    store.write({
      status: error ? 'error' : held ? 'success' : 'pending',
      fetchStatus: fetchStatus(),
      data: held?.data,
      error,
      failureCount: phase.name === 'live' ? 0 : failures,
      retryAt: phase.name === 'retrying' ? phase.at : null,
    } as LiveQuerySnapshot<T>);
  }

  function fetchStatus(): LiveQuerySnapshot<T>['fetchStatus'] {
    if (phase.name === 'loading') return 'fetching';
    const over = /stopped|resting/.test(phase.name) || (phase.name === 'live' && isConnected(seen));
    return over ? 'idle' : 'paused';
  }

  // --- what the connection does ------------------------------------------------------------------------------------

  /** Takes in what the client’s snapshot says by now; listeners of it are called late, messages are not. */
  function look(): void {
    const before = seen;
    seen = client.getSnapshot();
    if (seen === before) return;
    // Who it is may not be known: then whoever comes after a stop counts as another.
    if (ownerOf(seen) !== owner || (owner === unnamed && isAway(seen))) forget();
    if (isConnected(before) && !isConnected(seen)) old = buffer.length;
    const left = group !== undefined && isJoined(before) && !isJoined(seen);
    if (seen.gaps !== before.gaps || left) missed();
    proceed();
  }

  /** What was heard before the connection was lost is older than the load that is due now. */
  function missed(): void {
    buffer.splice(0, old);
    old = 0;
    failures = 0;
    if (phase.name !== 'stopped') enter({ name: 'waiting' });
  }

  function forget(): void {
    owner = ownerOf(client.getSnapshot());
    held = error = null;
    buffer = [];
    old = failures = 0;
    if (phase.name === 'stopped') publish();
    else enter({ name: 'waiting' });
  }

  /** Does what can be done now. */
  function proceed(): void {
    if (phase.name === 'waiting' && isConnected(seen)) {
      if (group === undefined || isJoined(seen)) return void run();
      error = seen.groups.get(group)?.error ?? error;
    }
    if (phase.name === 'live' && isConnected(seen)) return apply(buffer.splice(0));
    publish();
  }

  const isJoined = ({ groups }: HubSnapshot): boolean => groups.get(group!)?.status === 'joined';

  // --- load, and apply ---------------------------------------------------------------------------------------------

  async function run(): Promise<void> {
    const controller = new AbortController();
    const mine = enter({ name: 'loading', controller });
    try {
      const data = await load({ previous: held?.data, signal: controller.signal });
      look();
      if (phase === mine) loaded(data);
    } catch (thrown) {
      look();
      if (phase === mine) fail(asError(thrown));
    }
  }

  function loaded(data: T): void {
    held = { data };
    unique.begin(data);
    error = null;
    enter({ name: 'live', since: now() });
    // Of a connection that is not there yet it is not known whether there is a gap before it.
    apply(buffer.splice(0, isConnected(seen) ? buffer.length : old));
    old = 0;
  }

  function fail(thrown: Error): void {
    // Loads fail without a connection; the next one brings another load.
    if (!isConnected(seen)) return void enter({ name: 'waiting' });
    if (phase.name === 'live' && now() - phase.since >= retryLimits.stableAfter) failures = 0;
    failures += 1;
    const ours = thrown instanceof HubError;
    // That the connection is lost is about to be noticed, and no matter of the data.
    if (!ours || thrown.code !== 'connection-lost') error = thrown;
    if (failures > retry.maxAttempts || (ours && !thrown.retryable)) return void enter({ name: 'resting' });
    const delay = backoffDelay(failures - 1, retry, random());
    const cancel = after(delay, () => {
      enter({ name: 'waiting' });
      proceed();
    });
    enter({ name: 'retrying', at: now() + delay, cancel });
  }

  function hear(reduce: Reduce<T>, args: unknown[]): void {
    look();
    // The last words to somebody who is leaving.
    if (isAway(seen)) return;
    if (phase.name === 'live' && isConnected(seen)) return apply([[reduce, args]]);
    if (buffer.push([reduce, args]) > bufferSize) overflow();
  }

  /** A load that is asked for later holds what was sent before; one that is under way does not. */
  function overflow(): void {
    buffer = [];
    old = 0;
    if (phase.name === 'live') enter({ name: 'waiting' });
    if (phase.name !== 'loading') return;
    const remediation = 'Load faster, or raise `bufferSize`. It is tried again.';
    fail(new HubError('timeout', `More than ${bufferSize} messages came during a load.`, { remediation }));
  }

  function apply(messages: typeof buffer): void {
    try {
      for (const [reduce, args] of messages) {
        const before = held!.data;
        const data = reduce(before, ...args);
        if (!Object.is(data, before) && unique.admits(data)) held = { data };
      }
      publish();
    } catch (thrown) {
      // Without this message the data would not be what the server has.
      fail(asError(thrown));
    }
  }

  // --- whether anybody listens -------------------------------------------------------------------------------------

  function start(): void {
    release = on.map(([method, reduce]) => client.on(method, (...args: unknown[]) => hear(reduce, args)));
    release.push(
      client.subscribe(() => {
        look();
        store.tell();
      }),
    );
    if (group !== undefined) {
      const handle = client.join(group);
      release.push(() => void handle.leave());
      retryGroup = handle.retry;
    }
    if (ownerOf(client.getSnapshot()) !== owner) forget();
    seen = client.getSnapshot();
    enter({ name: 'waiting' });
    proceed();
  }

  function stop(): void {
    for (const off of release) off();
    release = [];
    buffer = [];
    old = failures = 0;
    enter({ name: 'stopped' });
    if (owner === unnamed) forget();
  }

  return {
    getSnapshot() {
      // Whoever asks first after a change of user must not see what the other one saw.
      if (ownerOf(client.getSnapshot()) !== owner) forget();
      return store.read();
    },
    subscribe(listener) {
      if (disposed) return () => {};
      const off = store.listen(listener);
      listening += 1;
      cancelStop();
      if (phase.name === 'stopped') start();
      return () => {
        if (!off()) return;
        listening -= 1;
        // A tick late: unmounting and mounting a component costs no load.
        if (!listening) cancelStop = after(0, stop);
      };
    },
    reload() {
      if (phase.name === 'stopped') return;
      look();
      failures = 0;
      retryGroup();
      enter({ name: 'waiting' });
      proceed();
    },
    dispose() {
      disposed = true;
      cancelStop();
      store.clear();
      if (phase.name !== 'stopped') stop();
    },
  };
}

const isConnected = ({ status }: HubSnapshot): boolean => status === 'connected';
