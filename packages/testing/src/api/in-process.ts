import type { HttpClient } from '@microsoft/signalr';

/** The class of the platform, and as `ws` has it: headers may come along where the client runs in Node. */
export interface WebSocketClass {
  new (
    url: string | URL,
    protocols?: string | string[],
    options?: { headers?: Readonly<Record<string, string>> },
  ): WebSocket;
  readonly prototype: WebSocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
}

/** The class of the platform, and as the package `eventsource` has it: with headers. */
export interface EventSourceClass {
  new (
    url: string | URL,
    options?: { withCredentials?: boolean; headers?: Readonly<Record<string, string>> },
  ): EventSource;
  readonly prototype: EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}

/**
 * What a client needs to reach the hub without a port, in the shapes of the platform. There is no network in between: no CORS, no cookies. All that
 * happens, happens in promises, so fake timers have nothing to fake here.
 */
export interface InProcess {
  /** The hub's address, absolute. */
  readonly url: string;
  /** Rejects with a TypeError while nothing listens. */
  readonly fetch: typeof globalThis.fetch;
  readonly WebSocket: WebSocketClass;
  readonly EventSource: EventSourceClass;
  /** The same `fetch`, as `@microsoft/signalr` wants it: `withUrl(at.url, at)` takes all it needs from here. */
  readonly httpClient: HttpClient;
}

export interface InProcessOptions {
  /** Where the hub answers, its sub-paths included; a path is taken to be on the page's own origin, if there is a page. @default 'http://hub.test/hub' */
  url?: string;
  /** Who answers at all other addresses: the `inProcess()` of another hub, or `globalThis`. @default nobody: connection refused */
  others?: Partial<Pick<InProcess, 'fetch' | 'WebSocket' | 'EventSource'>>;
}
