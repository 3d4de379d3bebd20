import type { Clock } from './clock.ts';
import { createDeferred } from './deferred.ts';

export interface WaitOptions {
  /** ms until the wait is given up. @default never */
  timeout?: number;
  /** Gives it up with the signal's reason. */
  signal?: AbortSignal;
}

export interface Emitter<Events extends object> {
  emit<E extends keyof Events>(event: E, payload: Events[E]): void;
  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): () => void;
  waitFor<E extends keyof Events>(
    event: E,
    predicate?: (payload: Events[E]) => boolean,
    options?: WaitOptions,
  ): Promise<Events[E]>;
  dispose(): void;
}

export function createEmitter<Events extends object>(clock: Clock): Emitter<Events> {
  const listeners = new Map<keyof Events, Set<(payload: never) => void>>();
  const waiters = new Set<(error: Error) => void>();
  let disposed = false;

  const on: Emitter<Events>['on'] = (event, listener) => {
    // A wrapper of its own: the same function may listen twice, and each off() takes away one.
    const entry = (payload: Events[typeof event]): void => listener(payload);
    const set = listeners.get(event) ?? new Set();
    listeners.set(event, set.add(entry));
    return () => set.delete(entry);
  };

  return {
    on,
    emit(event, payload) {
      for (const listener of [...(listeners.get(event) ?? [])]) {
        try {
          listener(payload as never);
        } catch (error) {
          // A listener is test code: its failure must not change what the hub does to its clients.
          console.error(`A listener of the test hub's '${String(event)}' event failed.`, error);
        }
      }
    },
    waitFor(event, predicate = () => true, { timeout, signal } = {}) {
      const { promise, resolve, reject } = createDeferred<Events[typeof event]>();
      const off = on(event, (payload) => {
        try {
          if (predicate(payload)) resolve(payload);
        } catch (error) {
          reject(error);
        }
      });
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener('abort', abort);
      if (signal?.aborted) abort();
      const cancelTimeout =
        timeout === undefined
          ? undefined
          : clock.after(timeout, () => reject(new Error(`No '${String(event)}' within ${timeout} ms.`)));
      waiters.add(reject);
      if (disposed) reject(tooLate());
      const finish = (): void => {
        off();
        cancelTimeout?.();
        signal?.removeEventListener('abort', abort);
        waiters.delete(reject);
      };
      // A wait that the test gave up on must not end the process as an unhandled rejection.
      promise.then(finish, finish);
      return promise;
    },
    dispose() {
      disposed = true;
      for (const reject of waiters) reject(tooLate());
      waiters.clear();
      listeners.clear();
    },
  };
}

function tooLate(): Error {
  return new Error('The test hub was disposed before the event came.');
}
