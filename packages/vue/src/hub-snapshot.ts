import { computed, type ComputedRef } from 'vue';
import { type HubClient, type HubSnapshot, initialSnapshot } from '@org/hub-core';
import { storeRef } from './store-ref.js';

export function snapshotOf<T>(hub: HubClient, select: (snapshot: HubSnapshot) => T): ComputedRef<T> {
  const snapshot = storeRef(() => hub, initialSnapshot);
  // A computed value tells only those who read it when it is another one, and the selector may read refs of its own.
  return computed(() => select(snapshot.value));
}
