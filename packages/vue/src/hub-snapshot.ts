import { computed, type ComputedRef, shallowRef } from 'vue';
import type { HubClient, HubSnapshot } from '@org/hub-core';
import { whileIn } from './while-in.js';

export function snapshotOf<T>(hub: HubClient, select: (snapshot: HubSnapshot) => T): ComputedRef<T> {
  const snapshot = shallowRef(hub.getSnapshot());
  whileIn(hub, () => hub.subscribe(() => (snapshot.value = hub.getSnapshot())));
  // A computed value tells only those who read it when it is another one, and the selector may read refs of its own.
  return computed(() => select(snapshot.value));
}
