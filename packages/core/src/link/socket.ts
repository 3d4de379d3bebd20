import { type Deferred, deferred } from '../platform/deferred.js';
import type { WebSocketConstructor } from '../vocabulary/options.js';

/**
 * SignalR closes its socket as soon as it has sent Close, and ASP.NET Core answers a closed socket before
 * `OnDisconnectedAsync` has run. Left open, the socket is closed by the server only when that has finished: the close is
 * then *acknowledged*. So SignalR gets a WebSocket that can be told to hold its own close back until the server’s.
 */
export interface HeldSocket {
  readonly socket: WebSocket;
  readonly closed: Deferred;
  /** From now on SignalR’s sends are swallowed and its close is held back. */
  held: boolean;
}

/** What a socket of the package `ws` takes. */
interface NodeSocketOptions {
  headers: Record<string, string>;
}

/** A WebSocket class for SignalR; `created` is told of each instance. */
export function holdableWebSocket(
  Base: WebSocketConstructor,
  created: (held: HeldSocket) => void,
): WebSocketConstructor {
  function HoldableWebSocket(url: string, protocols?: string[], options?: NodeSocketOptions): WebSocket {
    // SignalR puts the token into a header, wherever it sees Node. The platform’s own socket takes none (in jsdom, too).
    const token = Base === globalThis.WebSocket && options?.headers['Authorization']?.slice(7);
    const address = token ? url.replace(/\?|$/, `?access_token=${encodeURIComponent(token)}&`) : url;
    const socket = new Base(address, protocols, options as never);
    const state: HeldSocket = { socket, closed: deferred(), held: false };
    socket.addEventListener('close', () => state.closed.resolve());
    // That of Node 22 never closes where it was refused.
    socket.addEventListener('error', (event) => socket.readyState || socket.onclose?.(event as CloseEvent));
    created(state);
    // Not methods of the socket itself: `ws` calls those where it answers the server.
    const held: Partial<Record<PropertyKey, unknown>> = {
      send: (data: string) => state.held || socket.send(data),
      close: () => state.held || socket.close(),
    };
    return new Proxy(socket, {
      get: (_, name) => held[name] ?? socket[name as keyof WebSocket],
      // Handlers such as `onmessage` are accessors of the real socket, which must be their `this`.
      set: (_, name, value) => Reflect.set(socket, name, value),
    });
  }
  // SignalR compares `readyState` with the class’s own constant.
  return Object.assign(HoldableWebSocket, { OPEN: 1 }) as unknown as WebSocketConstructor;
}
