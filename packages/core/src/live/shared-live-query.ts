import type { HubClient } from '../hub-client.js';
import { after } from '../platform/clock.js';
import { createFramePace } from '../platform/frame.js';
import type { HubContract } from '../vocabulary/contract.js';
import { keyOf } from './key-of.js';
import { createLiveQuery, type LiveQuery } from './live-query.js';
import { type LiveQueryOptions, resolveLiveQueryOptions } from './live-query-options.js';
import { initialLiveQuerySnapshot, type LiveQuerySnapshot } from './live-query-snapshot.js';
import { createLiveStore, type LiveStore } from './live-store.js';

/** What components ask for: a live query with a name. */
export interface SharedLiveQueryOptions<C extends HubContract, T> extends LiveQueryOptions<C, T> {
  /**
   * Names the data. Whoever asks under an equal key (compared by value) shares one query: one load, one subscription. So all
   * that the load depends on belongs in it, as in TanStack Query.
   */
  queryKey: readonly unknown[];
}

/** One component’s share of a live query. It holds nothing while nobody listens, so a share may simply be forgotten. */
export interface SharedLiveQuery<C extends HubContract, T> extends Omit<LiveQuery<T>, 'dispose'> {
  /** Functions as they are by now (closures of a later render): the next load and the next message take these. */
  update(options: SharedLiveQueryOptions<C, T>): void;
}

type Options = SharedLiveQueryOptions<HubContract, unknown>;

interface Entry {
  readonly query: LiveQuery<unknown>;
  readonly shown: LiveStore<LiveQuerySnapshot<unknown>>;
  /** Takes over what is due now: all but data that follows data. */
  look(): void;
  release(): void;
  /** Who listens, and with which functions; the latest last. */
  readonly users: Map<object, Options>;
}

const entries = new WeakMap<object, Map<string, Entry>>();

/** What makes it another query: the key, the group, and which messages are heard. */
export function liveQueryId({ queryKey, group, on }: Pick<Options, 'queryKey' | 'group'> & { on: object }): string {
  return keyOf([queryKey, group, Object.keys(on ?? {}).sort()]);
}

/**
 * A live query that all who ask under the same key share, as long as anybody listens. Its snapshot is for rendering: new data
 * shows once a frame, however many messages that is; whatever else changes shows at once.
 *
 * @throws HubError `configuration` for an option that cannot work; the message names it
 */
export function shareLiveQuery<C extends HubContract, T>(
  hub: HubClient<C>,
  options: SharedLiveQueryOptions<C, T>,
): SharedLiveQuery<C, T> {
  resolveLiveQueryOptions(options);
  // The functions fit the data of their own key.
  let latest = options as unknown as Options;
  const id = liveQueryId(latest);
  const mine = new Map<object, Entry>();
  const ofHub = entries.get(hub) ?? new Map<string, Entry>();
  entries.set(hub, ofHub);

  function enter(entry: Entry, user: object): void {
    entry.users.delete(user);
    entry.users.set(user, latest);
  }

  function leave(entry: Entry): void {
    // A tick late: who unmounts may mount again, or another component take over.
    after(0, () => {
      if (entry.users.size || ofHub.get(id) !== entry) return;
      ofHub.delete(id);
      entry.release();
    });
  }

  return {
    getSnapshot() {
      const entry = ofHub.get(id);
      entry?.look();
      return (entry?.shown.read() ?? initialLiveQuerySnapshot) as LiveQuerySnapshot<T>;
    },
    subscribe(listener) {
      const entry = ofHub.get(id) ?? createEntry(hub as unknown as HubClient<HubContract>, latest);
      ofHub.set(id, entry);
      const user = {};
      mine.set(user, entry);
      enter(entry, user);
      const off = entry.shown.listen(listener);
      return () => {
        off();
        mine.delete(user);
        if (entry.users.delete(user)) leave(entry);
      };
    },
    reload: () => ofHub.get(id)?.query.reload(),
    update(next) {
      latest = next as unknown as Options;
      for (const [user, entry] of mine) enter(entry, user);
    },
  };
}

function createEntry(hub: HubClient<HubContract>, options: Options): Entry {
  const users: Entry['users'] = new Map();
  /** In the tick in which nobody is left, what it began with. */
  const current = (): Options => [...users.values()].at(-1) ?? options;
  const on = Object.keys(options.on ?? {}).map((method) => [method, reducerOf(method)] as const);
  const query = createLiveQuery<HubContract, unknown>(hub, {
    ...options,
    load: (context) => current().load(context),
    on: Object.fromEntries(on),
  });
  const shown = createLiveStore(query.getSnapshot());
  const show = (): void => shown.write(query.getSnapshot());
  const pace = createFramePace(show);

  function reducerOf(method: string) {
    return (...args: unknown[]) => (current().on as Record<string, (...args: unknown[]) => unknown>)[method]!(...args);
  }

  function look(): void {
    if (!isLive(shown.read()) || !isLive(query.getSnapshot())) show();
  }

  query.subscribe(() => {
    look();
    shown.tell();
    if (shown.read() !== query.getSnapshot()) pace.ask();
  });
  return {
    query,
    shown,
    look,
    users,
    release() {
      pace.stop();
      query.dispose();
    },
  };
}

const isLive = ({ status, fetchStatus }: LiveQuerySnapshot<unknown>): boolean =>
  status === 'success' && fetchStatus === 'idle';
