import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { type HubClient, type HubSnapshot, initialSnapshot } from '@org/hub-core';

export function useSnapshotOf<T>(hub: HubClient, select: (snapshot: HubSnapshot) => T): T {
  const subscribe = useCallback((listener: () => void) => hub.subscribe(listener), [hub]);
  const read = useMemo(() => once(select), [select]);
  return useSyncExternalStore(
    subscribe,
    () => read(hub.getSnapshot()),
    // What the server rendered and hydration must find again, however far the client has come meanwhile.
    () => read(initialSnapshot),
  );
}

/** React reads more than once and wants the same object: a selector that makes a new one is asked once a snapshot. */
function once<T>(select: (snapshot: HubSnapshot) => T): (snapshot: HubSnapshot) => T {
  let last: { snapshot: HubSnapshot; value: T } | undefined;
  return (snapshot) => {
    if (last?.snapshot !== snapshot) last = { snapshot, value: select(snapshot) };
    return last.value;
  };
}
