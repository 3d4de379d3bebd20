import { computed, type ComputedRef, shallowRef } from 'vue';
import { mayDiffer } from './rendering.js';
import { whileIn } from './while-in.js';

/** Clients, queries, streams and calls are all of this shape. */
export interface Store<S> {
  getSnapshot(): S;
  subscribe(listener: () => void): () => void;
}

/** The snapshot of the store, heard while the scope lives; null is no store. What it is without one a server renders, too. */
export function storeRef<S>(store: () => Store<S> | null, initial: S): ComputedRef<S> {
  const differs = mayDiffer();
  const heard = shallowRef<{ of: Store<S>; snapshot: S }>();
  whileIn(store, (of) => {
    if (!of) return () => {};
    const show = (): void => void (heard.value = { of, snapshot: of.getSnapshot() });
    const off = of.subscribe(show);
    show();
    return off;
  });
  return computed(() => {
    const of = store();
    if (!of || !differs.value) return initial;
    // Of another store nothing may show, not even until the watcher has run.
    return heard.value?.of === of ? heard.value.snapshot : of.getSnapshot();
  });
}

/** Made once for each key, and none while the key is null: refs may change without changing what is asked for. */
export function keptBy<T>(key: () => string | null, make: () => T): ComputedRef<T | null> {
  const kept = computed<{ key: string | null; made: T | null }>((before) => {
    const now = key();
    return before?.key === now ? before : { key: now, made: now === null ? null : make() };
  });
  return computed(() => kept.value.made);
}
