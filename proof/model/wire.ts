/// <reference types="node" />
import type { SignalROptions } from '@org/hub-core';

/** The ways to the hub that a client is given; here they are counted, and closed while there is no network. */
export type Doors = Required<Pick<SignalROptions, 'fetch' | 'WebSocket' | 'EventSource'>>;

export interface Wire extends Doors {
  /** Requests, and frames that were sent, so far; goodbyes are not counted. */
  readonly frames: number;
  /** What was sent last. */
  readonly last: string;
  /** Connections that are open or being opened: sockets, event streams, the ids of those that poll. */
  links(): readonly unknown[];
  /** Requests under way, and links. */
  busy(): number;
  offline: boolean;
}

export function createWire(doors: Doors): Wire {
  const sockets = new Set<WebSocket>();
  const streams = new Set<EventSource>();
  /** Polls under way, by the connection. */
  const polls = new Map<string, number>();
  let requests = 0;

  function sent(what: string): void {
    wire.frames += 1;
    wire.last = what;
  }

  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input as string);
    const method = init?.method ?? 'GET';
    const id = url.searchParams.get('id') ?? '';
    const poll = method === 'GET';
    if (method !== 'DELETE') sent(`${method} ${url.pathname}`);
    if (wire.offline) throw new TypeError('Failed to fetch');
    requests += 1;
    if (poll) polls.set(id, (polls.get(id) ?? 0) + 1);
    try {
      return await doors.fetch(input, init);
    } finally {
      requests -= 1;
      if (poll) {
        polls.set(id, polls.get(id)! - 1);
        if (polls.get(id) === 0) polls.delete(id);
      }
    }
  };

  // Constructors that return another object: what the client gets is the socket itself.
  function CountedSocket(...[url, protocols, options]: ConstructorParameters<Doors['WebSocket']>): WebSocket {
    sent('WebSocket');
    const socket = new doors.WebSocket(wire.offline ? nowhere(url) : url, protocols, options);
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      const text = typeof data === 'string' ? data : 'bytes';
      if (!text.includes('"type":7')) sent(text);
      send(data);
    };
    sockets.add(socket);
    return socket;
  }

  function CountedStream(...[url, options]: ConstructorParameters<Doors['EventSource']>): EventSource {
    sent('EventSource');
    const stream = new doors.EventSource(wire.offline ? nowhere(url) : url, options);
    streams.add(stream);
    return stream;
  }

  const isOpen = ({ readyState }: WebSocket | EventSource): boolean => readyState === 0 || readyState === 1;
  const open = (): number => {
    for (const socket of sockets) if (socket.readyState === 3) sockets.delete(socket);
    for (const stream of streams) if (stream.readyState === 2) streams.delete(stream);
    return sockets.size + streams.size;
  };
  const wire: Wire & { frames: number; last: string } = {
    fetch,
    WebSocket: CountedSocket as unknown as Doors['WebSocket'],
    EventSource: CountedStream as unknown as Doors['EventSource'],
    frames: 0,
    last: '',
    offline: false,
    links: () => [...[...sockets, ...streams].filter(isOpen), ...polls.keys()],
    busy: () => open() + requests,
  };
  return wire;
}

/** Nothing listens there. */
function nowhere(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/]+/, '$1nowhere.test');
}
