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
  let told = initialSnapshot;
  let scheduled = false;
  const events: HubEvent[] = [];
  const subscribers = new Set<{ run: () => void }>();
  const listeners = new Map<string, Set<{ run: Listener }>>();

  function on(type: string, run: Listener): () => void {
    const entries = listeners.get(type) ?? new Set();
    listeners.set(type, entries);
    const entry = { run };
    entries.add(entry);
    return () => void entries.delete(entry);
  }
  for (const [type, listener] of Object.entries(given)) if (listener) on(type, listener as Listener);

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(flush);
  }

  function flush(): void {
    scheduled = false;
    if (told !== current) {
      told = current;
      for (const { run } of [...subscribers]) safely(run);
    }
    for (let event = events.shift(); event; event = events.shift()) {
      const heard = event;
      for (const type of [heard.type, '*']) for (const { run } of [...(listeners.get(type) ?? [])]) safely(() => run(heard));
    }
  }

  function safely(run: () => void): void {
    try {
      run();
    } catch (error) {
      logger.log('error', `A listener threw: ${String(error)}`);
    }
  }

  return {
    snapshot: () => current,
    write(patch) {
      const same = Object.entries(patch).every(([key, value]) => Object.is(current[key as keyof HubSnapshot], value));
      if (same) return;
      current = Object.freeze({ ...current, ...patch });
      schedule();
    },
    emit(event) {
      events.push(event);
      schedule();
    },
    subscribe(run) {
      const entry = { run };
      subscribers.add(entry);
      return () => void subscribers.delete(entry);
    },
    on: (type, listener) => on(type, listener as Listener),
    clear() {
      events.length = 0;
      subscribers.clear();
      listeners.clear();
    },
  };
}
