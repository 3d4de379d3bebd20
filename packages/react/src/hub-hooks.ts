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
  UntypedContract,
} from '@org/hub-core';

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
}
