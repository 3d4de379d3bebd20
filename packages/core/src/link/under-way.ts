import { type Deferred, deferred } from '../platform/deferred.js';

/**
 * How many calls are under way. A number: keeping a Set of their promises took as long as all else that is done for a call
 * here (measured; a small Set is made anew every few times that something is added and deleted).
 */
export interface UnderWay {
  readonly count: number;
  begin(): void;
  end(): void;
  /** Resolves when there is none. */
  none(): Promise<void>;
}

export function underWay(): UnderWay {
  let count = 0;
  let done: Deferred | null = null;
  return {
    get count() {
      return count;
    },
    begin() {
      count += 1;
    },
    end() {
      count -= 1;
      if (count) return;
      done?.resolve();
      done = null;
    },
    async none() {
      if (count) await (done ??= deferred()).promise;
    },
  };
}
