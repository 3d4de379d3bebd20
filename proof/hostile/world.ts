/// <reference types="node" />
import { setImmediate } from 'node:timers';
import FakeTimers from '@sinonjs/fake-timers';
import { seeded } from '../../e2e/seeded.ts';

/**
 * What is round a client in a browser, of which nothing is real: time, chance, storage, the page's events and its channels.
 * So an hour of back-off costs nothing, a seed gives the same run again, and whatever a client takes hold of is counted.
 */
export interface World {
  /** Answers the global `fetch`: token end points. */
  fetch: typeof fetch;
  readonly sessionStorage: Map<string, string>;
  readonly localStorage: Map<string, string>;
  /** Whatever is promised has happened; no time has passed. */
  turn(): Promise<void>;
  /** False where the promise has not settled within `ms`, on the fake clock. Never rejects. */
  settled(promise: Promise<unknown>, ms?: number): Promise<boolean>;
  /** Lets time pass until it is so; false where it is not so within `ms`. */
  until(isSo: () => boolean, ms?: number): Promise<boolean>;
  /** Another tab says so on a channel, or changes the shared storage. */
  post(channel: string, message: unknown): void;
  store(key: string | null): void;
  /** What nobody has caught, since it was asked last. */
  accidents(): string[];
  /** Timers, listeners of the page, and channels that are there now. */
  held(): Record<string, number>;
  /** Nothing has happened, and nothing will: after a case that went wrong. */
  reset(): void;
  leave(): void;
}

const hour = 3_600_000;

export function createWorld(seed: number): World {
  const clock = FakeTimers.install({
    now: Date.UTC(2026, 0, 1),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  const page = new EventTarget();
  const listeners = new Set<string>();
  const names = new WeakMap<object, number>();
  const channels = new Map<string, Set<{ onmessage: ((event: { data: unknown }) => void) | null }>>();
  const accidents: string[] = [];
  const sessionStorage = new Map<string, string>();
  const localStorage = new Map<string, string>();
  let known = 0;

  const world: World = {
    fetch: () => Promise.reject(new TypeError('Failed to fetch')),
    sessionStorage,
    localStorage,
    turn: () => new Promise((resolve) => void setImmediate(resolve)),
    async settled(promise, ms = hour) {
      let done = false;
      const settle = (): void => void (done = true);
      promise.then(settle, settle);
      return world.until(() => done, ms);
    },
    async until(isSo, ms = hour) {
      const end = clock.now + ms;
      for (;;) {
        await world.turn();
        if (isSo()) return true;
        if (clock.now >= end || clock.countTimers() === 0) return false;
        clock.next();
      }
    },
    post(channel, message) {
      for (const each of channels.get(channel) ?? []) each.onmessage?.({ data: structuredClone(message) });
    },
    store: (key) => void page.dispatchEvent(Object.assign(new Event('storage'), { key })),
    accidents: () => accidents.splice(0),
    held: () => ({
      timers: clock.countTimers(),
      listeners: listeners.size,
      channels: [...channels.values()].reduce((sum, { size }) => sum + size, 0),
    }),
    reset() {
      clock.reset();
      sessionStorage.clear();
      localStorage.clear();
      accidents.length = 0;
    },
    leave() {
      clock.uninstall();
      for (const restore of restores) restore();
      process.off('unhandledRejection', unhandled);
      process.off('uncaughtException', uncaught);
    },
  };

  /** Each function by a number: the same one twice is one listener, as in a browser. */
  function named(type: string, listener: object): string {
    const name = names.get(listener) ?? ++known;
    names.set(listener, name);
    return `${type} ${name}`;
  }

  function Channel(this: unknown, name: string): object {
    const own = {
      onmessage: null,
      postMessage(message: unknown) {
        for (const each of channels.get(name) ?? [])
          if (each !== own) each.onmessage?.({ data: structuredClone(message) });
      },
      close: () => void channels.get(name)?.delete(own),
    };
    channels.set(name, (channels.get(name) ?? new Set()).add(own));
    return own;
  }

  const restores = Object.entries({
    fetch: (...given: Parameters<typeof fetch>) =>
      Promise.race([
        world.fetch(...given),
        new Promise<never>((_, reject) => {
          const signal = given[1]?.signal;
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      ]),
    sessionStorage: storageOf(sessionStorage),
    localStorage: storageOf(localStorage),
    BroadcastChannel: Channel,
    addEventListener(type: string, listener: EventListener, how?: boolean) {
      listeners.add(named(type, listener));
      page.addEventListener(type, listener, { capture: how === true });
    },
    removeEventListener(type: string, listener: EventListener, how?: boolean) {
      listeners.delete(named(type, listener));
      // Node removes none that it is told of with a mere true (20.20).
      page.removeEventListener(type, listener, { capture: how === true });
    },
  }).map(([name, value]) => replace(globalThis, name, value));
  restores.push(replace(Math, 'random', seeded(seed)));

  const unhandled = (reason: unknown): void => void accidents.push(`unhandled rejection: ${textOf(reason)}`);
  const uncaught = (error: unknown): void => void accidents.push(`uncaught: ${textOf(error)}`);
  process.on('unhandledRejection', unhandled);
  process.on('uncaughtException', uncaught);
  return world;
}

/** Whatever was thrown. */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.stack}` : String(thrown);
  } catch {
    return `something of type ${typeof thrown}`;
  }
}

function storageOf(items: Map<string, string>): object {
  return {
    get length() {
      return items.size;
    },
    key: (index: number) => [...items.keys()][index] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

function replace(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(target, name, before);
    else delete (target as Record<string, unknown>)[name];
  };
}
