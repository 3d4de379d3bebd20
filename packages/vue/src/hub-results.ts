import type { ComputedRef, MaybeRefOrGetter } from 'vue';
import type { GroupState, HubContract } from '@org/hub-core';
import type {
  Invocation,
  InvocationSnapshot,
  LiveQuery,
  LiveQuerySnapshot,
  LiveStreamOptions,
  LiveStreamSnapshot,
  SharedLiveQueryOptions,
} from '@org/hub-core/live';

/** A group as the connection sees it. It is `joining` until the server has answered, and while the name is null. */
export interface HubGroup {
  readonly status: ComputedRef<GroupState['status']>;
  readonly error: ComputedRef<GroupState['error']>;
  /** Tries a refused group again. */
  readonly retry: () => void;
}

/**
 * The latest call of a hub method: `idle` before it, then `pending`, `success` with `data`, or `error`. An earlier call that
 * is answered later changes nothing. Both functions can be taken out of it.
 */
export interface HubInvocation<A extends unknown[], R> extends Pick<Invocation<A, R>, 'invoke' | 'reset'> {
  readonly data: ComputedRef<R | undefined>;
  readonly status: ComputedRef<InvocationSnapshot<R>['status']>;
  readonly error: ComputedRef<Error | null>;
}

export interface HubStreamOptions extends LiveStreamOptions {
  /** `false`: nothing is open, and nothing shown. @default true */
  enabled?: MaybeRefOrGetter<boolean>;
}

/** What a stream has brought: see `LiveStreamSnapshot`. */
export interface HubStreamResult<T> {
  readonly data: ComputedRef<readonly T[]>;
  readonly status: ComputedRef<LiveStreamSnapshot<T>['status']>;
  readonly error: ComputedRef<Error | null>;
}

export interface HubQueryOptions<C extends HubContract, T> extends Omit<
  SharedLiveQueryOptions<C, T>,
  'queryKey' | 'group'
> {
  /**
   * Names the data; its parts may be refs or getters, too. Who asks under an equal key (compared by value) shares one query:
   * one load, one subscription. All that the load depends on belongs in it, as in TanStack Query.
   */
  queryKey: MaybeRefOrGetter<readonly unknown[]>;
  /** Joined while the query is in use; nothing is loaded before. Null is no group. */
  group?: MaybeRefOrGetter<string | null | undefined>;
  /** `false`: nothing is heard, joined or loaded for this component, and nothing shown. @default true */
  enabled?: MaybeRefOrGetter<boolean>;
}

/** Data that is loaded and kept up by messages: see `LiveQuerySnapshot`. */
export interface HubQuery<T> extends Pick<LiveQuery<T>, 'reload'> {
  readonly data: ComputedRef<T | undefined>;
  readonly status: ComputedRef<LiveQuerySnapshot<T>['status']>;
  readonly error: ComputedRef<Error | null>;
  /** `paused`: what `data` shows may be out of date. */
  readonly fetchStatus: ComputedRef<LiveQuerySnapshot<T>['fetchStatus']>;
  readonly failureCount: ComputedRef<number>;
  readonly retryAt: ComputedRef<number | null>;
}
