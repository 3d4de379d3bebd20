import { useEffect } from 'react';
import type { HubContract, HubSnapshot, UntypedContract } from '@org/hub-core';
import { createHubContext } from './hub-context.js';
import type { HubHooks } from './hub-hooks.js';
import { useGroupOf } from './use-hub-group.js';
import { useLatest } from './use-latest.js';
import { useSnapshotOf } from './use-hub-snapshot.js';

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
  };
  // The contract is about names and arguments only: at run time all sets are the same.
  return hooks as unknown as HubHooks<C>;
}
