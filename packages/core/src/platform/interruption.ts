/**
 * Ends whatever is waited for. `Promise.race` with a promise that hardly ever settles would do the same, but such a promise
 * holds on to each wait, and to all that it can reach, for as long as it lives itself.
 */
export interface Interruption {
  /** From now on nobody waits. */
  end(error: Error): void;
  /** The promise, unless this has ended before: then the error. */
  race<T>(promise: Promise<T>): Promise<T>;
}

export function interruption(): Interruption {
  const waiting = new Set<(error: Error) => void>();
  let ended: Error | undefined;
  return {
    end(error) {
      ended ??= error;
      for (const reject of waiting) reject(ended);
      waiting.clear();
    },
    race: (promise) =>
      new Promise((resolve, reject) => {
        if (ended) reject(ended);
        else waiting.add(reject);
        const settle = (): unknown => waiting.delete(reject);
        promise.then(resolve, reject).finally(settle);
      }),
  };
}
