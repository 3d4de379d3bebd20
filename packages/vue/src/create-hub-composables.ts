import { type ComputedRef, type MaybeRefOrGetter, unref } from 'vue';
import type { HubContract, HubSnapshot, UntypedContract } from '@org/hub-core';
import { createHubInjection } from './hub-injection.js';
import type { HubComposables } from './hub-composables.js';
import { groupOf } from './hub-group.js';
import { invocationOf } from './hub-invoke.js';
import { queryOf } from './hub-query.js';
import type { HubInvocation, HubStreamOptions, HubStreamResult } from './hub-results.js';
import { snapshotOf } from './hub-snapshot.js';
import { streamOf } from './hub-stream.js';
import { whileIn } from './while-in.js';

const whole = (snapshot: HubSnapshot): HubSnapshot => snapshot;

/** Composables typed by the contract of one hub, with an injection of their own: several hubs, several sets. */
export function createHubComposables<C extends HubContract = UntypedContract>(): HubComposables<C> {
  const { useHub, ...provide } = createHubInjection();
  const composables: HubComposables = {
    ...provide,
    useHub,
    useHubSnapshot: <T>(selector?: (snapshot: HubSnapshot) => T) =>
      snapshotOf<T | HubSnapshot>(useHub(), selector ?? whole) as ComputedRef<T & HubSnapshot>,
    useHubMessage: (clientMethod, handler) => {
      const hub = useHub();
      whileIn(clientMethod, (name) => hub.on(name, (...args) => unref(handler)(...args)));
    },
    useHubEvent: (type, listener) => {
      const { events } = useHub();
      whileIn(type, (name) => events.on(name, (event) => unref(listener)(event)));
    },
    useHubGroup: (name) => groupOf(useHub(), name),
    useHubInvoke: <R>(method: MaybeRefOrGetter<string>) =>
      invocationOf(useHub(), method) as HubInvocation<unknown[], R>,
    useHubStream: <T>(
      method: MaybeRefOrGetter<string>,
      args: MaybeRefOrGetter<unknown[]>,
      options?: HubStreamOptions,
    ) => streamOf(useHub(), method, args, options) as HubStreamResult<T>,
    useHubQuery: (options) => queryOf(useHub(), options),
  };
  // The contract is about names and arguments only: at run time all sets are the same.
  return composables as unknown as HubComposables<C>;
}
