import { computed, type MaybeRefOrGetter, toValue } from 'vue';
import type { HubClient } from '@org/hub-core';
import { createLiveStream, initialLiveStreamSnapshot, keyOf, type LiveStreamSnapshot } from '@org/hub-core/live';
import type { HubStreamOptions, HubStreamResult } from './hub-results.js';
import { keptBy, storeRef } from './store-ref.js';

export function streamOf(
  hub: HubClient,
  method: MaybeRefOrGetter<string>,
  args: MaybeRefOrGetter<unknown[]>,
  { enabled = true, keep }: HubStreamOptions = {},
): HubStreamResult<unknown> {
  const options = keep === undefined ? {} : { keep };
  const key = (): string | null => (toValue(enabled) ? keyOf([toValue(method), toValue(args)]) : null);
  const open = keptBy(key, () => createLiveStream(hub, toValue(method), [...toValue(args)], options));
  const stream = storeRef<LiveStreamSnapshot<unknown>>(() => open.value, initialLiveStreamSnapshot);
  return {
    data: computed(() => stream.value.data),
    status: computed(() => stream.value.status),
    error: computed(() => stream.value.error),
  };
}
