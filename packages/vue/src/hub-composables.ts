import type { ComputedRef, MaybeRef, MaybeRefOrGetter, Plugin } from 'vue';
import type {
  ClientHandler,
  ClientMethod,
  GroupState,
  HubClient,
  HubContract,
  HubEventOf,
  HubEventType,
  HubSnapshot,
  UntypedContract,
} from '@org/hub-core';
import type { ProvideOptions } from './keep-started.js';

/** A group as the connection sees it. It is `joining` until the server has answered, and while the name is null. */
export interface HubGroup {
  readonly status: ComputedRef<GroupState['status']>;
  readonly error: ComputedRef<GroupState['error']>;
  /** Tries a refused group again. */
  readonly retry: () => void;
}

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
}
