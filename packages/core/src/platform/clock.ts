/**
 * Time, in one place and wrapped lazily, so that tests can fake the globals after import. All times are epoch ms.
 */
export const now = (): number => Date.now();
export const random = (): number => Math.random();

/** Runs once after `ms` (never for Infinity); returns the cancel. */
export function after(ms: number, run: () => void): () => void {
  // Beyond 2³¹ - 1 setTimeout fires at once.
  const timer = ms < Infinity ? setTimeout(run, Math.min(ms, 2 ** 31 - 1)) : undefined;
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

/** True if the promise settled within `ms`, false if time ran out first. Never rejects. */
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
