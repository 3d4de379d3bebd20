import { computed, type MaybeRefOrGetter, toValue } from 'vue';
import type { GroupHandle, HubClient } from '@org/hub-core';
import type { HubGroup } from './hub-results.js';
import { snapshotOf } from './hub-snapshot.js';
import { whileIn } from './while-in.js';

export function groupOf(hub: HubClient, name: MaybeRefOrGetter<string | null>): HubGroup {
  let handle: GroupHandle | null = null;
  whileIn(name, (group) => {
    const wanted = group === null ? null : hub.join(group);
    handle = wanted;
    return () => void wanted?.leave();
  });
  const state = snapshotOf(hub, ({ groups }) => {
    const group = toValue(name);
    return group === null ? undefined : groups.get(group);
  });
  return {
    status: computed(() => state.value?.status ?? 'joining'),
    error: computed(() => state.value?.error ?? null),
    retry: () => handle?.retry(),
  };
}
