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

/** A WebSocket class for SignalR; `created` is told of each instance. */
export function holdableWebSocket(
  Base: WebSocketConstructor,
  created: (held: HeldSocket) => void,
): WebSocketConstructor {
  function HoldableWebSocket(...args: ConstructorParameters<WebSocketConstructor>): WebSocket {
    const socket = new Base(...args);
    const state: HeldSocket = { socket, closed: deferred(), held: false };
    socket.addEventListener('close', () => state.closed.resolve());
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
