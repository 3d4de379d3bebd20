/** What a client may leave behind. */
export interface OpenResources<S> {
  /** For `signalr.WebSocket`. */
  readonly WebSocket: S;
  /** How many sockets are not closed. */
  sockets(): number;
  /** Where each timer was started that has not fired, or repeats. */
  timers(): string[];
  /** Counts no more. */
  restore(): void;
}

interface Socket {
  readonly readyState: number;
}

const closed = 3;

/**
 * Counts timers and sockets from now on, in Node as in a page.
 *
 * @param others names those of somebody else, by where they start their timers
 */
export function watchResources<S extends new (...args: never[]) => Socket>(Base: S, others: RegExp): OpenResources<S> {
  const sockets = new Set<Socket>();
  /** Where each was started. Only asked of those that are left: a stack is costly to read, with source maps. */
  const timers = new Map<unknown, Error>();
  // Called by their names: a page's are no methods of any other object.
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;

  function counted<T>(timer: T): T {
    timers.set(timer, new Error());
    return timer;
  }

  Object.assign(globalThis, {
    setTimeout(run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) {
      const timer = setTimeout(
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
      counted(setInterval(run, ms, ...args)),
    clearTimeout(timer: ReturnType<typeof setTimeout> | undefined) {
      timers.delete(timer);
      clearTimeout(timer);
    },
    clearInterval(timer: ReturnType<typeof setInterval> | undefined) {
      timers.delete(timer);
      clearInterval(timer);
    },
  });

  return {
    WebSocket: new Proxy(Base, {
      construct(target, args, newTarget) {
        const socket = Reflect.construct(target, args, newTarget) as Socket & EventTarget;
        sockets.add(socket);
        // One that is closed needs no watching: a list of them would be a leak of its own.
        socket.addEventListener('close', () => sockets.delete(socket));
        return socket;
      },
    }),
    sockets: () => [...sockets].filter(({ readyState }) => readyState !== closed).length,
    timers: () =>
      [...timers.values()]
        .map(({ stack = '' }) => stack)
        .filter((stack) => !others.test(stack))
        .map((stack) => stack.split('\n').slice(3).join('\n')),
    restore: () => void Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval }),
  };
}
