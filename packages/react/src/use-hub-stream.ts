import type { HubClient } from '@org/hub-core';
import { createLiveStream, initialLiveStreamSnapshot, keyOf, type LiveStreamSnapshot } from '@org/hub-core/live';
import type { HubStreamOptions } from './hub-hooks.js';
import { useKept } from './use-kept.js';
import { useStore } from './use-store.js';

export function useStreamOf(
  hub: HubClient,
  method: string,
  args: unknown[],
  { enabled, ...options }: HubStreamOptions = {},
): LiveStreamSnapshot<unknown> {
  const key = keyOf([method, args, options]);
  const stream = useKept(hub, key, () => createLiveStream(hub, method, args, options));
  return useStore<LiveStreamSnapshot<unknown>>(stream, initialLiveStreamSnapshot, enabled);
}
