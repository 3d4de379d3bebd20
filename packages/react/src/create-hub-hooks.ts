import { useEffect } from 'react';
import type { HubContract, HubSnapshot, UntypedContract } from '@org/hub-core';
import { createHubContext } from './hub-context.js';
import type { HubHooks, HubInvocation, HubStreamOptions, HubStreamResult } from './hub-hooks.js';
import { useGroupOf } from './use-hub-group.js';
import { useInvocationOf } from './use-hub-invoke.js';
import { useQueryOf } from './use-hub-query.js';
import { useSnapshotOf } from './use-hub-snapshot.js';
import { useStreamOf } from './use-hub-stream.js';
import { useLatest } from './use-latest.js';

const whole = (snapshot: HubSnapshot): HubSnapshot => snapshot;

/** Hooks typed by the contract of one hub, with a context of their own: several hubs, several sets. */
export function createHubHooks<C extends HubContract = UntypedContract>(): HubHooks<C> {
  const { HubProvider, useHub } = createHubContext();
  const hooks: HubHooks = {
    HubProvider,
    useHub,
    useHubSnapshot: <T>(selector?: (snapshot: HubSnapshot) => T) =>
      useSnapshotOf<T | HubSnapshot>(useHub(), selector ?? whole) as T & HubSnapshot,
    useHubMessage: (clientMethod, handler) => {
      const hub = useHub();
      const latest = useLatest(handler);
      useEffect(() => hub.on(clientMethod, latest), [hub, clientMethod, latest]);
    },
    useHubEvent: (type, listener) => {
      const hub = useHub();
      const latest = useLatest(listener);
      useEffect(() => hub.events.on(type, latest), [hub, type, latest]);
    },
    useHubGroup: (name) => useGroupOf(useHub(), name),
    useHubInvoke: <R>(method: string) => useInvocationOf(useHub(), method) as HubInvocation<unknown[], R>,
    useHubStream: <T>(method: string, args: unknown[], options?: HubStreamOptions) =>
      useStreamOf(useHub(), method, args, options) as HubStreamResult<T>,
    useHubQuery: (options) => useQueryOf(useHub(), options),
  };
  // The contract is about names and arguments only: at run time all sets are the same.
  return hooks as unknown as HubHooks<C>;
}
