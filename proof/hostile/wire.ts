import type { SignalROptions } from '@org/hub-core';

export type Data = string | ArrayBuffer;
export type Transport = 'WebSockets' | 'ServerSentEvents' | 'LongPolling';

/** The server's end of one connection. */
export interface ServerSocket {
  readonly isOpen: boolean;
  /** What was delivered is still on its way. */
  readonly isBehind: boolean;
  /** Throws what the client's handlers throw: nobody would catch it in a browser either. */
  deliver(data: Data): void;
  close(code?: number): void;
}

/** The server's side of a hub connection, byte by byte: it says whatever a test has it say. */
export interface Wire {
  /** For `signalr`; with Node’s own a client would go out and look. */
  readonly doors: Required<Pick<SignalROptions, 'fetch' | 'WebSocket' | 'EventSource'>>;
  /** Answers each HTTP request. */
  answer: (url: string, init: RequestInit) => Response | Promise<Response>;
  /** Answers the handshake. */
  greet: (socket: ServerSocket) => void;
  /** What the client said, after the handshake. */
  heard: (data: Data, socket: ServerSocket) => void;
  /** The one that was opened last, while it is open. */
  current(): ServerSocket | null;
  /** Sockets that are not closed. */
  open(): number;
}

export const url = 'https://hub.test/hub';

/** What a good server says to negotiate. */
export const welcome = {
  negotiateVersion: 1,
  connectionId: 'connection-1',
  connectionToken: 'connection-token-1',
  availableTransports: [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }],
};

export function createWire(): Wire {
  const open = new Set<ServerSocket>();
  let current: ServerSocket | null = null;

  const wire: Wire = {
    doors: {
      // As a browser: a request that is aborted ends, whatever the server does.
      fetch: (input, init = {}) =>
        new Promise((resolve, reject) => {
          const { signal } = init;
          if (signal?.aborted) return reject(signal.reason as Error);
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
          (async () => wire.answer(input as string, init))().then(resolve, reject);
        }),
      WebSocket: Socket as never,
      EventSource: Refused as never,
    },
    answer: () => Response.json(welcome),
    greet: (socket) => socket.deliver('{}\u001e'),
    heard: () => {},
    current: () => current,
    open: () => open.size,
  };

  function Socket(this: unknown, address: string): object {
    if (!/^wss?:/.test(address)) throw new DOMException(`'${address}' is no address of a WebSocket.`, 'SyntaxError');
    const listeners: (() => void)[] = [];
    let greeted = false;
    const socket = {
      readyState: 0,
      bufferedAmount: 0,
      onopen: null as ((event: object) => void) | null,
      onmessage: null as ((event: object) => void) | null,
      onclose: null as ((event: object) => void) | null,
      addEventListener: (_: 'close', listener: () => void) => void listeners.push(listener),
      send(data: Data) {
        if (greeted) return wire.heard(data, server);
        greeted = true;
        queueMicrotask(() => server.isOpen && wire.greet(server));
      },
      // Answered at once.
      close: () => server.close(),
    };
    const server: ServerSocket = {
      get isOpen() {
        return socket.readyState === 1;
      },
      isBehind: false,
      deliver(data) {
        if (server.isOpen) socket.onmessage?.({ data });
      },
      close(code = 1000) {
        if (socket.readyState === 3) return;
        socket.readyState = 3;
        open.delete(server);
        if (current === server) current = null;
        socket.onclose?.({ code, reason: '', wasClean: code === 1000 });
        for (const listener of listeners) listener();
      },
    };
    open.add(server);
    current = server;
    queueMicrotask(() => {
      if (socket.readyState !== 0) return;
      socket.readyState = 1;
      socket.onopen?.({});
    });
    return socket;
  }

  return wire;
}

/** An EventSource that finds nobody. */
function Refused(this: unknown): object {
  const source = { onerror: null as ((event: object) => void) | null, close: () => {} };
  queueMicrotask(() => source.onerror?.({}));
  return source;
}
