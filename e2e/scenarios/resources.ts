/// <reference types="node" />
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

export interface Resources {
  /** For `signalr.WebSocket`. */
  readonly WebSocket: never;
  /** How many sockets are not closed. */
  sockets(): number;
  /** Where each timer was started that has not fired, or repeats. */
  timers(): string[];
}

/** The lab has timers of its own in this process, and fetch keeps connections alive; neither is the client's. */
const others = /\/e2e\/lab\/|\/packages\/testing\/|node:internal\/deps\/undici/;

/** Counts what is open in this process, from now to the end of the test. */
export function countResources(): Resources {
  const sockets = new Set<WebSocket>();
  const timers = new Map<unknown, string>();
  const real = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    clearTimeout: globalThis.clearTimeout,
    clearInterval: globalThis.clearInterval,
  };

  function counted<T>(timer: T): T {
    const stack = new Error().stack ?? '';
    if (!others.test(stack)) timers.set(timer, stack.split('\n').slice(3).join('\n'));
    return timer;
  }

  Object.assign(globalThis, {
    setTimeout(run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) {
      const timer = real.setTimeout(
        (...given: unknown[]) => {
          timers.delete(timer);
          run(...given);
        },
        ms,
        ...args,
      );
      return counted(timer);
    },
    setInterval: (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
      counted(real.setInterval(run, ms, ...args)),
    clearTimeout(timer: NodeJS.Timeout | undefined) {
      timers.delete(timer);
      real.clearTimeout(timer);
    },
    clearInterval(timer: NodeJS.Timeout | undefined) {
      timers.delete(timer);
      real.clearInterval(timer);
    },
  });
  onTestFinished(() => void Object.assign(globalThis, real));

  class CountedSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.add(this);
    }
  }
  return {
    WebSocket: CountedSocket as never,
    sockets: () => [...sockets].filter(({ readyState }) => readyState !== WebSocket.CLOSED).length,
    timers: () => [...timers.values()],
  };
}
