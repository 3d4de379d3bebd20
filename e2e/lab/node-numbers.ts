/// <reference types="node" />
import { clearInterval, setInterval } from 'node:timers'; // imported, so that a test's fake clock does not stop the lab
import { performance } from 'node:perf_hooks';

/** aspnetcore/Numbers.cs, here in the test's own process. */
export interface Numbers {
  /** @param every ms */
  start(every: number): void;
  /** Returns the last number. */
  stop(): number;
  since(number: number): number[];
}

/** Sends 1, 2, 3, … by the clock: what a late timer has missed is sent at once. */
export function createNumbers(send: (number: number) => void): Numbers {
  let last = 0;
  let timer: NodeJS.Timeout | undefined;

  function stop(): number {
    clearInterval(timer);
    return last;
  }

  return {
    start(every) {
      stop();
      last = 0;
      const startedAt = performance.now();
      timer = setInterval(
        () => {
          while ((last + 1) * every <= performance.now() - startedAt) send(++last);
        },
        Math.min(every, 5),
      );
    },
    stop,
    since: (number) => Array.from({ length: Math.max(last - number, 0) }, (_, index) => number + 1 + index),
  };
}
