/** All time of one hub. Globals are looked up at each call, so that fake timers work; nothing fires after `dispose()`. */
export interface Clock {
  now(): number;
  /** Returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** Resolves early when the clock is disposed. */
  sleep(ms: number): Promise<void>;
  dispose(): void;
}

export function createClock(): Clock {
  const running = new Map<() => void, (() => void) | undefined>();
  let disposed = false;

  const after = (ms: number, callback: () => void, onDispose?: () => void): (() => void) => {
    if (disposed) {
      onDispose?.();
      return () => undefined;
    }
    const timer = globalThis.setTimeout(() => {
      running.delete(cancel);
      callback();
    }, ms);
    const cancel = (): void => {
      running.delete(cancel);
      globalThis.clearTimeout(timer);
    };
    running.set(cancel, onDispose);
    return cancel;
  };

  return {
    now: () => Date.now(),
    after: (ms, callback) => after(ms, callback),
    sleep: (ms) => new Promise((resolve) => after(ms, resolve, resolve)),
    dispose() {
      disposed = true;
      for (const [cancel, onDispose] of [...running]) {
        cancel();
        onDispose?.();
      }
    },
  };
}
