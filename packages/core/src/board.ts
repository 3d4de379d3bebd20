import { createListeners } from './platform/listeners.js';
import type { HubEvent, HubEventListeners, HubEventOf, HubEventType } from './vocabulary/events.js';
import type { HubLogger } from './vocabulary/log.js';
import { type HubSnapshot, initialSnapshot } from './vocabulary/snapshot.js';

type Listener = (event: HubEvent) => void;

/**
 * What the outside sees: the snapshot, and the events. Listeners run from a queue after the transition that they are told
 * of, so they may call anything, and one that throws stops no other.
 */
export interface Board {
  snapshot(): HubSnapshot;
  write(patch: Partial<HubSnapshot>): void;
  emit(event: HubEvent): void;
  subscribe(listener: () => void): () => void;
  on<T extends HubEventType | '*'>(type: T, listener: (event: HubEventOf<T>) => void): () => void;
  /** Forgets every listener and whatever they have not been told yet. */
  clear(): void;
}

export function createBoard(logger: HubLogger, given: Partial<HubEventListeners> = {}): Board {
  let current = initialSnapshot;
  const queue: (() => void)[] = [];
  const subscribers = createListeners<() => void>();
  const listeners = createListeners<{ type: string; hear: Listener }>();

  const on = (type: string, hear: Listener): (() => void) => listeners.add({ type, hear });
  for (const [type, listener] of Object.entries(given)) on(type, listener as Listener);

  function tell(news: () => void): void {
    if (queue.push(news) === 1) queueMicrotask(flush);
  }

  function flush(): void {
    // What listeners cause is told in its turn, before anything that comes later.
    for (const news of queue) news();
    queue.length = 0;
  }

  function run(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      logger.log('error', `A listener threw: ${String(error)}`);
    }
  }

  return {
    snapshot: () => current,
    write(patch) {
      const before = current;
      if (Object.entries(patch).every(([key, value]) => Object.is(before[key as keyof HubSnapshot], value))) return;
      current = Object.freeze({ ...before, ...patch });
      // One call for all that changes in a tick.
      const written = current;
      tell(() => {
        if (written === current) for (const subscriber of subscribers) run(subscriber);
      });
    },
    emit: (event) =>
      tell(() => {
        for (const { type, hear } of listeners) if (type === event.type || type === '*') run(() => hear(event));
      }),
    subscribe: subscribers.add,
    on: (type, listener) => on(type, listener as Listener),
    clear() {
      queue.length = 0;
      subscribers.clear();
      listeners.clear();
    },
  };
}
