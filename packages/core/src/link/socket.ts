import type { WebSocketConstructor } from '../vocabulary/options.js';

/**
 * SignalR closes its socket as soon as it has sent Close, and ASP.NET Core answers a closed socket before
 * `OnDisconnectedAsync` has run. Left open, the socket is closed by the server only when that has finished: the close is
 * then *acknowledged*. So SignalR gets a WebSocket that can be told to hold its own close back until the server’s.
 */
export interface HeldSocket {
  /** False until opened, and once it is gone. */
  isOpen(): boolean;
  /** Sends the last frame; from now on SignalR’s sends are swallowed and its close is held back. */
  sayGoodbye(frame: string | ArrayBuffer): void;
  /** Resolves when the socket is really closed. */
  readonly closed: Promise<void>;
  /** Closes it now. */
  close(): void;
}

/** A WebSocket class for SignalR; `created` is told of each instance. */
export function holdableWebSocket(Base: WebSocketConstructor, created: (socket: HeldSocket) => void): WebSocketConstructor {
  function HoldableWebSocket(url: string, protocols?: string | string[], options?: never): WebSocket {
    // Browsers take `undefined` for a protocol named "undefined"; Node’s `ws` wants its options third.
    const socket = options ? new Base(url, protocols, options) : new Base(url);
    let held = false;
    let resolveClosed = (): void => {};
    const closed = new Promise<void>((resolve) => (resolveClosed = resolve));
    socket.addEventListener('close', () => resolveClosed());
    created({
      isOpen: () => socket.readyState === 1 && !held,
      sayGoodbye(frame) {
        held = true;
        socket.send(frame);
      },
      closed,
      close: () => socket.close(),
    });
    return new Proxy(socket, {
      get(target, name) {
        if (name === 'send') return (data: string) => held || target.send(data);
        if (name === 'close') return (code?: number, reason?: string) => held || target.close(code, reason);
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value as (...args: never[]) => unknown).bind(target) : value;
      },
      // Handlers such as `onmessage` are accessors of the real socket, which must be their `this`.
      set: (target, name, value) => Reflect.set(target, name, value),
    });
  }
  // SignalR compares `readyState` with the class’s own constant.
  return Object.assign(HoldableWebSocket, { OPEN: 1 }) as unknown as WebSocketConstructor;
}
