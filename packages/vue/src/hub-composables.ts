import type { ComputedRef, MaybeRef, MaybeRefOrGetter, Plugin } from 'vue';
import type {
  ClientHandler,
  ClientMethod,
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
  HubGroup,
  HubInvocation,
  HubQuery,
  HubQueryOptions,
  HubStreamOptions,
  HubStreamResult,
} from './hub-results.js';
import type { ProvideOptions } from './keep-started.js';

/** Typed by the contract; without one, the result is what the caller says: `useHubInvoke<number>('Count')`. */
export type UseHubInvoke<C extends HubContract> = [C] extends [UntypedContract]
  ? <R = unknown>(method: MaybeRefOrGetter<string>) => HubInvocation<unknown[], R>
  : <M extends ServerMethod<C>>(
      method: MaybeRefOrGetter<M>,
    ) => HubInvocation<ServerArguments<C, M>, ServerResult<C, M>>;

/** Typed by the contract; without one, the item is what the caller says: `useHubStream<number>('Ticks', [])`. */
export type UseHubStream<C extends HubContract> = [C] extends [UntypedContract]
  ? <T = unknown>(
      method: MaybeRefOrGetter<string>,
      args: MaybeRefOrGetter<unknown[]>,
      options?: HubStreamOptions,
    ) => HubStreamResult<T>
  : <M extends StreamMethod<C>>(
      method: MaybeRefOrGetter<M>,
      args: MaybeRefOrGetter<StreamArguments<C, M>>,
      options?: HubStreamOptions,
    ) => HubStreamResult<StreamItem<C, M>>;

/** One set of composables, for one hub of the app. What they take may be a ref or a getter; what they begin ends with the effect scope. */
export interface HubComposables<C extends HubContract = UntypedContract> {
  /** For the whole app: `app.use(createHubPlugin(hub, { autoStart: true }))`. The client is never disposed here. */
  createHubPlugin: (hub: HubClient<C>, options?: ProvideOptions) => Plugin<[]>;
  /** For this component and those below it. */
  provideHub: (hub: HubClient<C>, options?: ProvideOptions) => void;
  /** The client that was provided: always the same object. */
  useHub: () => HubClient<C>;
  /** What to show: the snapshot, or the part of it that the selector picks (compared with `Object.is`). */
  useHubSnapshot: {
    (): ComputedRef<HubSnapshot>;
    <T>(selector: (snapshot: HubSnapshot) => T): ComputedRef<T>;
  };
  /** Hears a client method. */
  useHubMessage: <M extends ClientMethod<C>>(
    clientMethod: MaybeRefOrGetter<M>,
    handler: MaybeRef<ClientHandler<C, M>>,
  ) => void;
  /** Hears a life-cycle event; `'*'` is all of them. */
  useHubEvent: <T extends HubEventType | '*'>(
    type: MaybeRefOrGetter<T>,
    listener: MaybeRef<(event: HubEventOf<T>) => void>,
  ) => void;
  /** In the group while the scope lives; null is no group. */
  useHubGroup: (name: MaybeRefOrGetter<string | null>) => HubGroup;
  /**
   * A hub method to be called by hand, and how its latest call stands. `invoke` returns the promise for whoever waits for it;
   * where nobody does, a failure is in `error`, and no unhandled rejection. The end of the scope leaves a running call alone.
   */
  useHubInvoke: UseHubInvoke<C>;
  /**
   * The items of a hub method that streams: open while the scope lives and the hub is connected, opened again after a lost
   * connection, cancelled with the scope. Arguments are compared by value. Shows once a frame, however many items come.
   */
  useHubStream: UseHubStream<C>;
  /**
   * Data that is loaded, kept up by messages, and loaded again after a gap. Whoever asks under an equal `queryKey` shares one
   * query; another key is another query, which begins without data. Shows once a frame, however many messages come.
   */
  useHubQuery: <T>(options: HubQueryOptions<C, T>) => HubQuery<T>;
}
