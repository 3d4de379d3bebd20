import { createListeners } from '../platform/listeners.js';

/** Holds a snapshot, and tells of changes: once for all that is written in a tick, however much that is. */
export interface LiveStore<S extends object> {
  read(): S;
  write(next: S): void;
  /**
   * Tells now, and not at the end of the tick. For what the client’s listeners cause: pages are rendered once these are
   * through, and the name of one user must not be shown beside what another one saw.
   */
  tell(): void;
  /** Returns an idempotent off, which says whether it was still there. */
  listen(listener: () => void): () => boolean;
  clear(): void;
}

export function createLiveStore<S extends object>(initial: S): LiveStore<S> {
  const listeners = createListeners<() => void>();
  let current = initial;
  let telling = false;

  function tell(): void {
    if (!telling) return;
    telling = false;
    for (const listener of listeners) {
      try {
        listener();
      } catch (thrown) {
        // It stops no other, and is reported as what it is: uncaught.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }

  return {
    read: () => current,
    write(next) {
      if (Object.entries(next).every(([key, value]) => Object.is(current[key as keyof S], value))) return;
      current = Object.freeze(next);
      if (telling) return;
      telling = true;
      queueMicrotask(tell);
    },
    tell,
    listen: listeners.add,
    clear: listeners.clear,
  };
}
