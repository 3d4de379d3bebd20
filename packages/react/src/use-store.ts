import { useSyncExternalStore } from 'react';

interface Store<S> {
  getSnapshot(): S;
  subscribe(listener: () => void): () => void;
}

const never = (): (() => void) => () => {};

/** Shows a store of the core: on the server, while hydrating and where it is not enabled, as nobody has listened to it. */
export function useStore<S>({ subscribe, getSnapshot }: Store<S>, initial: S, enabled = true): S {
  const untouched = (): S => initial;
  return useSyncExternalStore(enabled ? subscribe : never, enabled ? getSnapshot : untouched, untouched);
}
