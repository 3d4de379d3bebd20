import { createListeners } from '../platform/listeners.js';
import { initialLiveQuerySnapshot, type LiveQuerySnapshot } from './live-query-snapshot.js';

/** Holds the snapshot, and tells of changes: once for all that is written in a tick, however many messages that are. */
export interface LiveStore<T> {
  read(): LiveQuerySnapshot<T>;
  write(next: LiveQuerySnapshot<T>): void;
  listen(listener: () => void): () => void;
  clear(): void;
}

export function createLiveStore<T>(): LiveStore<T> {
  const listeners = createListeners<() => void>();
  let current: LiveQuerySnapshot<T> = initialLiveQuerySnapshot;
  let telling = false;

  function tell(): void {
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
      if (Object.entries(next).every(([key, value]) => Object.is(current[key as keyof typeof next], value))) return;
      current = Object.freeze(next);
      if (telling) return;
      telling = true;
      queueMicrotask(tell);
    },
    listen: listeners.add,
    clear: listeners.clear,
  };
}
