import type { HubClient } from '../hub-client.js';
import { backoffDelay } from '../platform/backoff.js';
import { after, random } from '../platform/clock.js';
import { createFramePace } from '../platform/frame.js';
import type { HubContract, HubStream, StreamArguments, StreamItem, StreamMethod } from '../vocabulary/contract.js';
import { asError, HubError } from '../vocabulary/errors.js';
import { retryLimits } from '../vocabulary/options.js';
import { createLiveStore } from './live-store.js';
import { watchOwner } from './owner.js';

/** What an app shows of a stream: immutable, and the same object until something changed. */
export type LiveStreamSnapshot<T> = {
  /**
   * What came, oldest first: of one opening, never of two, and no more than `keep`. Where the stream is opened again, what the
   * one before brought stays until the first item.
   */
  readonly data: readonly T[];
} & (
  | {
      /**
       * - `pending`: it waits for the connection, or for the first item;
       * - `streaming`: items come;
       * - `done`: the server has ended it.
       */
      readonly status: 'pending' | 'streaming' | 'done';
      readonly error: null;
    }
  /** The server refused it, or failed. It is tried again after the next gap. */
  | { readonly status: 'error'; readonly error: Error }
);

/** The snapshot of a stream that nobody listens to: what a server renders, and hydration must find again. */
export const initialLiveStreamSnapshot: LiveStreamSnapshot<never> = Object.freeze({
  status: 'pending',
  data: Object.freeze([]) as readonly never[],
  error: null,
});

export interface LiveStreamOptions {
  /** Items that `data` holds at most: the last ones. `Infinity` keeps all. @default 1000 */
  keep?: number;
}

/** A stream of a hub method that is open while somebody listens, and opened again after its connection was lost. */
export interface LiveStream<T> {
  getSnapshot(): LiveStreamSnapshot<T>;
  /**
   * Calls the listener after each change, once a frame for items. The first listener opens the stream, once connected; a tick
   * after the last one has gone it is cancelled on the server, and what it brought is forgotten.
   */
  subscribe(listener: () => void): () => void;
}

/** @throws HubError `configuration` where `keep` is not at least 1 */
export function createLiveStream<C extends HubContract, M extends StreamMethod<C>>(
  hub: HubClient<C>,
  method: M,
  args: StreamArguments<C, M>,
  { keep = 1000 }: LiveStreamOptions = {},
): LiveStream<StreamItem<C, M>> {
  type Item = StreamItem<C, M>;
  if (!(keep >= 1)) throw new HubError('configuration', '`keep` must be at least 1.');
  // The untyped client is what runs.
  const client = hub as unknown as HubClient;
  const store = createLiveStore<LiveStreamSnapshot<Item>>(initialLiveStreamSnapshot);
  const isAnothers = watchOwner(client, true);
  let listening = 0;
  let cancelStop = (): void => {};
  let offHub: (() => void) | null = null;

  let stream: HubStream<Item> | null = null;
  let items: Item[] = [];
  let failures = 0;
  /** How many gaps there were when it failed or ended. */
  let overAt: number | null = null;
  const pace = createFramePace(() => show('streaming'));
  let cancelRetry = (): void => {};

  function show(status: 'pending' | 'streaming' | 'done', data: readonly Item[] = items.slice(-keep)): void {
    store.write({ status, data, error: null });
  }

  /** Opens it, where that is due. */
  function look(): void {
    if (isAnothers()) forget();
    const { status, gaps } = client.getSnapshot();
    if (store.read().error && gaps !== overAt) overAt = null;
    if (status !== 'connected' || stream || overAt !== null) return;
    cancelRetry();
    stream = client.stream<Item>(method, ...(args as unknown[]));
    items = [];
    show('pending', store.read().data);
    void read(stream);
  }

  async function read(mine: HubStream<Item>): Promise<void> {
    try {
      for await (const item of mine) {
        if (isAnothers()) forget();
        if (stream !== mine) break;
        add(item);
      }
      if (stream !== mine) return;
      overAt = client.getSnapshot().gaps;
      pace.stop();
      show('done');
    } catch (thrown) {
      if (stream === mine) fail(asError(thrown));
    }
  }

  function add(item: Item): void {
    failures = 0;
    items.push(item);
    // Now and then: each time would be a copy for each item.
    if (items.length >= 2 * keep) items = items.slice(-keep);
    pace.ask();
  }

  function fail(error: Error): void {
    // What came before it, though the frame has not.
    const data = items.length ? items.slice(-keep) : store.read().data;
    stream = null;
    pace.stop();
    show('pending', data);
    if (!isOver(error)) {
      // At once, unless it has just been: the connection may be known to be lost a little later than the stream.
      cancelRetry = after(failures ? backoffDelay(failures, retryLimits, random()) : 0, look);
      failures += 1;
      return;
    }
    overAt = client.getSnapshot().gaps;
    store.write({ status: 'error', data, error });
  }

  function forget(): void {
    const open = stream;
    stream = null;
    items = [];
    overAt = null;
    cancelRetry();
    pace.stop();
    show('pending', initialLiveStreamSnapshot.data);
    open?.cancel();
  }

  function stop(): void {
    offHub?.();
    offHub = null;
    failures = 0;
    forget();
  }

  return {
    getSnapshot() {
      // Whoever asks first after a change of user must not see what the other one saw.
      if (isAnothers()) forget();
      return store.read();
    },
    subscribe(listener) {
      const off = store.listen(listener);
      listening += 1;
      cancelStop();
      offHub ??= client.subscribe(() => {
        look();
        store.tell();
      });
      look();
      return () => {
        if (!off()) return;
        listening -= 1;
        // A tick late: unmounting and mounting a component opens it once.
        if (!listening) cancelStop = after(0, stop);
      };
    },
  };
}

/** Not for the connection’s sake. A stopped client, another user: the next connection opens it again. */
function isOver(error: Error): boolean {
  return !(error instanceof HubError) || !/^(connection-lost|closed|identity-changed|timeout)$/.test(error.code);
}
