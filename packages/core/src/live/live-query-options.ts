import type { ClientHandler, ClientMethod, HubContract } from '../vocabulary/contract.js';
import { HubError } from '../vocabulary/errors.js';
import { type ReconnectOptions, retryLimits } from '../vocabulary/options.js';

/** What a load is given. */
export interface LiveLoadContext<T> {
  /**
   * The data so far, messages included: complete up to some moment, so that it is enough to fetch what is newer. Undefined at
   * first, and after a change of user.
   */
  readonly previous: T | undefined;
  /** Aborted when the result is of no use any more: messages were missed meanwhile, another user, nobody listens. */
  readonly signal: AbortSignal;
}

/** For each client method: what its message makes of the data. New data; the old one is never changed. */
export type LiveReducers<C extends HubContract, T> = {
  readonly [M in ClientMethod<C>]?: (data: T, ...args: Parameters<ClientHandler<C, M>>) => T;
};

/** Failed loads are tried again, with full jitter. */
export interface LiveRetryOptions extends Pick<ReconnectOptions, 'baseDelay' | 'maxDelay'> {
  /**
   * Failed tries in a row before the query rests until the next gap, or `reload()`. A reducer that throws is one, too; the row
   * ends when the data has been live for 5 s. @default Infinity
   */
  maxAttempts?: number;
}

export interface LiveQueryOptions<C extends HubContract, T> {
  /**
   * Fetches the data, by HTTP or by a hub method: first, and again each time messages may have been missed. It holds all that
   * was sent before it was asked for (so the server stores first, and sends then). A failure is tried again, unless it is a
   * `HubError` that says otherwise. Name the type where it takes its argument: `({ signal }: LiveLoadContext<Message[]>)`.
   */
  load: (context: LiveLoadContext<T>) => T | Promise<T>;
  /** Client methods, and what their messages make of the data. The same data returned: nothing has changed. */
  on: LiveReducers<C, T>;
  /** Joined while the query is in use; nothing is loaded before. */
  group?: string;
  /**
   * Names an item, where the data is an array. There are never two of one name: a message that would add the second one is
   * not applied, for the load held it already. Without this, reducers must not mind a message that the load knows.
   */
  itemKey?: T extends readonly (infer Item)[] ? (item: Item) => unknown : never;
  /** `false`: a failed load is not tried again before the next gap, or `reload()`. @default 500, 20_000 ms, Infinity */
  retry?: false | LiveRetryOptions;
  /** Messages held back at most while there is no data to apply them to; if there are more, it is loaded again. @default 10_000 */
  bufferSize?: number;
}

/** Options with every default filled in. */
export interface ResolvedLiveQueryOptions<T> {
  readonly load: (context: LiveLoadContext<T>) => T | Promise<T>;
  readonly on: readonly (readonly [method: string, reduce: Reduce<T>])[];
  readonly group: string | undefined;
  readonly itemKey: ((item: unknown) => unknown) | undefined;
  readonly retry: Required<LiveRetryOptions>;
  readonly bufferSize: number;
}

export type Reduce<T> = (data: T, ...args: unknown[]) => T;

/** @throws HubError `configuration`, which names the option */
export function resolveLiveQueryOptions<C extends HubContract, T>(
  options: LiveQueryOptions<C, T>,
): ResolvedLiveQueryOptions<T> {
  const { load, group, itemKey, bufferSize = 10_000 } = options;
  const on = Object.entries(options.on ?? {}) as [string, Reduce<T>][];
  const retry = { ...retryLimits, ...(options.retry === false ? { maxAttempts: 0 } : options.retry) };
  must(typeof load === 'function', '`load` must be a function.');
  must(
    on.every(([, reduce]) => typeof reduce === 'function'),
    '`on` must name client methods, each with a function.',
  );
  must(group === undefined || (typeof group === 'string' && group), '`group` must be a name.');
  must(itemKey === undefined || typeof itemKey === 'function', '`itemKey` must be a function.');
  must(bufferSize >= 1, '`bufferSize` must be at least 1.');
  must(
    [retry.baseDelay, retry.maxDelay, retry.maxAttempts].every((value) => value >= 0),
    '`retry` must be false, or have numbers.',
  );
  return { load, on, group, itemKey: itemKey as ResolvedLiveQueryOptions<T>['itemKey'], retry, bufferSize };
}

function must(holds: unknown, message: string): void {
  if (!holds) throw new HubError('configuration', message);
}
