import type { EventSourceClass } from '../api/in-process.ts';
import type { Clock } from '../platform/clock.ts';
import { absoluteUrl } from './address.ts';
import type { Address } from './address.ts';
import { createEventStreamReader } from './event-stream.ts';
import { HandlerTarget } from './handlers.ts';

export interface EventSourceHost {
  readonly address: Address;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  /** For other addresses; undefined: nothing listens there. */
  readonly others: EventSourceClass | undefined;
}

interface Options {
  withCredentials?: boolean;
  headers?: Record<string, string>;
}

const states = { CONNECTING: 0, OPEN: 1, CLOSED: 2 } as const;

/** A class that can be handed out in place of the platform's `EventSource`. */
export function createEventSourceClass(host: EventSourceHost): EventSourceClass {
  class InProcess extends InProcessEventSource {
    constructor(url: string | URL, options: Options = {}) {
      super(host, url, options);
    }
  }
  return new Proxy(InProcess as unknown as EventSourceClass, {
    construct(target, args: ConstructorParameters<EventSourceClass>, newTarget) {
      const { others } = host;
      const foreign = others !== undefined && !host.address.owns(absoluteUrl(args[0]));
      return foreign ? new others(...args) : (Reflect.construct(target, args, newTarget) as EventSource);
    },
  });
}

/** A refused stream is given up; a lost one is opened again after a while (3 s, unless the server says otherwise), as in browsers. */
class InProcessEventSource extends HandlerTarget {
  static readonly CONNECTING = states.CONNECTING;
  static readonly OPEN = states.OPEN;
  static readonly CLOSED = states.CLOSED;
  readonly CONNECTING = states.CONNECTING;
  readonly OPEN = states.OPEN;
  readonly CLOSED = states.CLOSED;

  readonly url: string;
  readonly withCredentials: boolean;
  readonly #client = new AbortController();
  readonly #settings = { lastEventId: '', retry: 3_000 };
  #state: (typeof states)[keyof typeof states] = states.CONNECTING;

  constructor(host: EventSourceHost, url: string | URL, { withCredentials = false, headers = {} }: Options) {
    super();
    this.url = absoluteUrl(url).href;
    this.withCredentials = withCredentials;
    void this.#run(host, headers);
  }

  get readyState(): number {
    return this.#state;
  }

  get onopen(): EventSource['onopen'] {
    return this.handlerOf('open');
  }
  set onopen(handler) {
    this.handle('open', handler);
  }
  get onmessage(): EventSource['onmessage'] {
    return this.handlerOf('message');
  }
  set onmessage(handler) {
    this.handle('message', handler);
  }
  get onerror(): EventSource['onerror'] {
    return this.handlerOf('error');
  }
  set onerror(handler) {
    this.handle('error', handler);
  }

  close(): void {
    this.#state = states.CLOSED;
    this.#client.abort();
  }

  async #run(host: EventSourceHost, headers: Record<string, string>): Promise<void> {
    while (this.#state !== states.CLOSED) {
      try {
        const { lastEventId } = this.#settings;
        const response = await host.fetch(this.url, {
          headers: { ...headers, Accept: 'text/event-stream', ...(lastEventId && { 'Last-Event-ID': lastEventId }) },
          signal: this.#client.signal,
        });
        if (response.status !== 200 || !response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
          void response.body?.cancel();
          return this.#give(states.CLOSED);
        }
        this.#give(states.OPEN);
        await this.#read(response);
      } catch {
        // Nothing listens, or the stream died: the same as an end.
      }
      this.#give(states.CONNECTING);
      await this.#pause(host.clock);
    }
  }

  async #read(response: Response): Promise<void> {
    const read = createEventStreamReader(this.#settings);
    const reader = response.body!.getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      for (const { type, data } of read(step.value)) {
        if (this.#state === states.CLOSED) return;
        const { lastEventId } = this.#settings;
        this.tellMessage(type, { data, lastEventId, origin: new URL(this.url).origin });
      }
    }
  }

  /** Never ends once the hub is disposed: its clock stands still, and nobody will answer any more. */
  #pause(clock: Clock): Promise<void> {
    const { signal } = this.#client;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const cancel = clock.after(this.#settings.retry, resolve);
      signal.addEventListener('abort', () => (cancel(), resolve()));
    });
  }

  /** Says what has become of the stream, unless the client has closed it. */
  #give(state: (typeof states)[keyof typeof states]): void {
    if (this.#state === states.CLOSED) return;
    this.#state = state;
    this.tell(state === states.OPEN ? 'open' : 'error');
  }
}
