import { useInsertionEffect, useMemo } from 'react';
import type { HubClient, UntypedContract } from '@org/hub-core';
import { initialLiveQuerySnapshot, liveQueryId, type LiveQuerySnapshot, shareLiveQuery } from '@org/hub-core/live';
import type { HubQuery, HubQueryOptions } from './hub-hooks.js';
import { useKept } from './use-kept.js';
import { useStore } from './use-store.js';

type Options<T> = HubQueryOptions<UntypedContract, T>;

export function useQueryOf<T>(hub: HubClient, { enabled, ...options }: Options<T>): HubQuery<T> {
  const query = useKept(hub, liveQueryId(options), () => shareLiveQuery(hub, options));
  // Before anybody subscribes; a render that is thrown away changes nothing.
  useInsertionEffect(() => query.update(options));
  const snapshot = useStore<LiveQuerySnapshot<T>>(query, initialLiveQuerySnapshot, enabled);
  return useMemo(() => ({ ...snapshot, reload: query.reload }), [snapshot, query]);
}
