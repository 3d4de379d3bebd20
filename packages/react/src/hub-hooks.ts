import type { FunctionComponent, ReactNode } from 'react';
import type {
  ClientHandler,
  ClientMethod,
  GroupState,
  HubClient,
  HubContract,
  HubEventOf,
  HubEventType,
  HubSnapshot,
  ServerArguments,
  ServerMethod,
  ServerResult,
  StreamArguments,
  StreamItem,
  StreamMethod,
  UntypedContract,
} from '@org/hub-core';
import type {
  Invocation,
  InvocationSnapshot,
  LiveQuery,
  LiveQuerySnapshot,
  LiveStreamOptions,
  LiveStreamSnapshot,
  SharedLiveQueryOptions,
} from '@org/hub-core/live';

export interface HubProviderProps<C extends HubContract = UntypedContract> {
  /** The client that the hooks below speak to. It is never disposed here: whoever created it does that. */
  client: HubClient<C>;
  /** Start on mount, stop on unmount. Why a start failed is in the snapshot. @default false */
  autoStart?: boolean;
  children?: ReactNode;
}

/** A group as the connection sees it. It is `joining` until the server has answered, and while the name is null. */
export type HubGroup = GroupState & {
  /** Tries a refused group again. */
  readonly retry: () => void;
};

/**
 * The latest call of a hub method: `idle` before it, then `pending`, `success` with `data`, or `error`. An earlier call that
 * is answered later changes nothing. `invoke` and `reset` are the same functions at each render.
 */
export type HubInvocation<A extends unknown[], R> = InvocationSnapshot<R> & Pick<Invocation<A, R>, 'invoke' | 'reset'>;

export interface HubStreamOptions extends LiveStreamOptions {
  /** `false`: nothing is open, and nothing shown. @default true */
  enabled?: boolean;
}

/** What `useHubStream` shows: `{ data, status, error }`, `data` the items so far. */
export type HubStreamResult<T> = LiveStreamSnapshot<T>;

export interface HubQueryOptions<C extends HubContract, T> extends SharedLiveQueryOptions<C, T> {
  /** `false`: nothing is heard, joined or loaded for this component, and nothing shown. @default true */
  enabled?: boolean;
}

/** What `useHubQuery` shows: `{ data, status, error, … }`, and `reload`, the same function at each render of one key. */
export type HubQuery<T> = LiveQuerySnapshot<T> & Pick<LiveQuery<T>, 'reload'>;

/** Typed by the contract; without one, the result is what the caller says: `useHubInvoke<number>('Count')`. */
export type UseHubInvoke<C extends HubContract> = [C] extends [UntypedContract]
  ? <R = unknown>(method: string) => HubInvocation<unknown[], R>
  : <M extends ServerMethod<C>>(method: M) => HubInvocation<ServerArguments<C, M>, ServerResult<C, M>>;

/** Typed by the contract; without one, the item is what the caller says: `useHubStream<number>('Ticks', [])`. */
export type UseHubStream<C extends HubContract> = [C] extends [UntypedContract]
  ? <T = unknown>(method: string, args: unknown[], options?: HubStreamOptions) => HubStreamResult<T>
  : <M extends StreamMethod<C>>(
      method: M,
      args: StreamArguments<C, M>,
      options?: HubStreamOptions,
    ) => HubStreamResult<StreamItem<C, M>>;

/** One set of hooks, for one hub of the app. */
export interface HubHooks<C extends HubContract = UntypedContract> {
  HubProvider: FunctionComponent<HubProviderProps<C>>;
  /** The client of the nearest provider: the same object at each render. */
  useHub: () => HubClient<C>;
  /** What to show: the snapshot, or the part of it that the selector picks (compared with `Object.is`). */
  useHubSnapshot: { (): HubSnapshot; <T>(selector: (snapshot: HubSnapshot) => T): T };
  /** Hears a client method while mounted. The handler may be a new function at each render. */
  useHubMessage: <M extends ClientMethod<C>>(clientMethod: M, handler: ClientHandler<C, M>) => void;
  /** Hears a life-cycle event while mounted; `'*'` is all of them. */
  useHubEvent: <T extends HubEventType | '*'>(type: T, listener: (event: HubEventOf<T>) => void) => void;
  /** In the group while mounted; null is no group. */
  useHubGroup: (name: string | null) => HubGroup;
  /**
   * A hub method to be called by hand, and how its latest call stands. `invoke` returns the promise for whoever waits for it;
   * where nobody does, a failure is in `error`, and no unhandled rejection. Unmounting leaves a running call alone.
   */
  useHubInvoke: UseHubInvoke<C>;
  /**
   * The items of a hub method that streams: open while mounted and connected, opened again after a lost connection, cancelled
   * on unmount. Arguments are compared by value. Renders once a frame, however many items come.
   */
  useHubStream: UseHubStream<C>;
  /**
   * Data that is loaded, kept up by messages, and loaded again after a gap. Components with an equal `queryKey` share one
   * query; another key is another query, which begins without data. `load` and the reducers may be new functions at each
   * render. Renders once a frame, however many messages come.
   */
  useHubQuery: <T>(options: HubQueryOptions<C, T>) => HubQuery<T>;
}
