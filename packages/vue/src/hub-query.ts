import { computed, toValue } from 'vue';
import type { HubClient, UntypedContract } from '@org/hub-core';
import {
  initialLiveQuerySnapshot,
  liveQueryId,
  type LiveQuerySnapshot,
  shareLiveQuery,
  type SharedLiveQueryOptions,
} from '@org/hub-core/live';
import type { HubQuery, HubQueryOptions } from './hub-results.js';
import { keptBy, storeRef } from './store-ref.js';

export function queryOf<T>(hub: HubClient, options: HubQueryOptions<UntypedContract, T>): HubQuery<T> {
  const { enabled = true, queryKey, group, ...rest } = options;

  function current(): SharedLiveQueryOptions<UntypedContract, T> {
    const name = toValue(group) ?? undefined;
    // As in TanStack Query, what is in the key may be a ref, too.
    const key = toValue(queryKey).map((part) => toValue(part));
    return { ...rest, queryKey: key, ...(name !== undefined && { group: name }) };
  }

  const shared = keptBy(
    () => (toValue(enabled) ? liveQueryId(current()) : null),
    () => shareLiveQuery(hub, current()),
  );
  const query = storeRef<LiveQuerySnapshot<T>>(() => shared.value, initialLiveQuerySnapshot);
  return {
    data: computed(() => query.value.data),
    status: computed(() => query.value.status),
    error: computed(() => query.value.error),
    fetchStatus: computed(() => query.value.fetchStatus),
    failureCount: computed(() => query.value.failureCount),
    retryAt: computed(() => query.value.retryAt),
    reload: () => shared.value?.reload(),
  };
}
