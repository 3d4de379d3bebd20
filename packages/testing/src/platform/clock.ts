/** Timers of the platform take a longer time for none at all. */
const longestTimer = 0x7fff_ffff;

/** All time of one hub. Globals are looked up at each call, so that fake timers work; nothing fires after `dispose()`. */
export interface Clock {
  now(): number;
  /** Returns what cancels it. @param ms more than a timer can hold (24.8 days), `Infinity` among them: never */
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
    const fire = (): void => {
      running.delete(cancel);
      callback();
    };
    const timer = ms > longestTimer ? undefined : globalThis.setTimeout(fire, ms);
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
