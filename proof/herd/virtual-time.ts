/// <reference types="node" />
import { seeded } from '../../e2e/seeded.ts';
import { createHeap } from './heap.ts';

const immediate = setImmediate;

export interface VirtualTime {
  /** Fires all timers of the next `ms`, one after the other; what each of them sets off has come to rest before the next. */
  pass(ms: number): Promise<void>;
}

interface Timer {
  at: number;
  run: (() => void) | null;
}

/**
 * As long as it runs, timers and `Date.now` are those of a clock that does not wait, and chance is drawn from the seed.
 * Fake timers of others do more, and that takes ten times as long with 10,000 clients.
 *
 * @param atRest awaited after each timer
 */
export async function inVirtualTime<T>(
  seed: number,
  run: (time: VirtualTime) => Promise<T>,
  atRest: () => Promise<void> = untilIdle,
): Promise<T> {
  const timers = createHeap<Timer>((timer) => timer.at);
  let now = Date.UTC(2026, 0, 1, 9);

  function schedule(run: () => void, ms = 0): Timer {
    // No timer of Node is shorter than 1 ms; and whoever waits for part of one would never see it pass.
    const timer = { at: now + Math.max(1, Math.floor(ms)), run };
    timers.push(timer);
    return timer;
  }

  function every(run: () => void, ms: number): Timer {
    const repeated = (): void => {
      timer.at += ms;
      timers.push(timer);
      run();
    };
    const timer = schedule(repeated, ms);
    return timer;
  }

  const cancel = (timer: Timer | null | undefined): void => {
    if (timer) timer.run = null;
  };

  const restore = replace(globalThis, {
    setTimeout: schedule,
    setInterval: every,
    clearTimeout: cancel,
    clearInterval: cancel,
  });
  const restoreDate = replace(Date, { now: () => now });
  const restoreRandom = replace(Math, { random: seeded(seed) });
  const { stackTraceLimit } = Error;
  // Each try that fails makes a few errors, whose stacks nobody reads: half of the time that all this takes.
  Error.stackTraceLimit = 0;
  try {
    return await run({
      async pass(ms) {
        const until = now + ms;
        await atRest();
        for (let next = timers.peek(); next && next.at <= until; next = timers.peek()) {
          timers.pop();
          if (!next.run) continue;
          now = next.at;
          next.run();
          await atRest();
        }
        now = until;
      },
    });
  } finally {
    restore();
    restoreDate();
    restoreRandom();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** All that is done by promises alone. */
export const untilIdle = (): Promise<void> => new Promise((resolve) => immediate(resolve));

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Returns what brings back what was there. */
function replace(target: object, replacements: Record<string, unknown>): () => void {
  const before = Object.fromEntries(
    Object.keys(replacements).map((name) => [name, target[name as keyof typeof target] as unknown]),
  );
  Object.assign(target, replacements);
  return () => void Object.assign(target, before);
}
