import { computed, type MaybeRefOrGetter, toValue } from 'vue';
import type { HubClient } from '@org/hub-core';
import { createInvocation, initialInvocationSnapshot, type InvocationSnapshot } from '@org/hub-core/live';
import type { HubInvocation } from './hub-results.js';
import { storeRef } from './store-ref.js';

export function invocationOf(hub: HubClient, method: MaybeRefOrGetter<string>): HubInvocation<unknown[], unknown> {
  const calls = computed(() => createInvocation(hub, toValue(method)));
  const call = storeRef<InvocationSnapshot<unknown>>(() => calls.value, initialInvocationSnapshot);
  return {
    invoke: (...args) => calls.value.invoke(...args),
    reset: () => calls.value.reset(),
    status: computed(() => call.value.status),
    data: computed(() => call.value.data),
    error: computed(() => call.value.error),
  };
}
