/**
 * Time, in one place and wrapped lazily, so that tests can fake the globals after import. All times are epoch ms.
 */
export const now = (): number => Date.now();
export const random = (): number => Math.random();

/** The longest delay that setTimeout keeps; beyond it fires at once. */
const longest = 2 ** 31 - 1;

/** Runs once after `ms`; returns the cancel. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.min(Math.max(ms, 0), longest));
  return () => clearTimeout(timer);
}

/**
 * Calls `run` when wall time has reached `at`. A long timer sleeps with the machine, so the clock is read again at least
 * every 15 s. Returns the cancel.
 */
export function at(time: number, run: () => void): () => void {
  let cancel = (): void => {};
  const wait = (): void => {
    const left = time - now();
    cancel = left <= 0 ? after(0, run) : after(Math.min(left, 15_000), wait);
  };
  wait();
  return () => cancel();
}

/** Resolves after `ms`, or as soon as the signal is aborted; the caller looks at the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = after(ms, done);
    signal.addEventListener('abort', done);
  });
}

/** True if the promise settled within `ms`, false if time ran out or the signal was aborted first. */
export function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = after(ms, () => resolve(false));
    const done = (): void => {
      cancel();
      resolve(true);
    };
    promise.then(done, done);
  });
}
