import type { WebSocketConstructor } from '../vocabulary/options.js';

/** What SignalR hands to a socket of the package `ws`, wherever it sees Node. */
interface NodeSocketOptions {
  headers: Record<string, string>;
}

/**
 * Node’s own WebSocket (22 and later; in jsdom, too), for an app that gives no other. It takes no headers, so the token goes
 * into the query, as in a browser; and that of Node 22 never closes where it was refused.
 */
function PlatformWebSocket(url: string, protocols?: string[], options?: NodeSocketOptions): WebSocket {
  const token = options?.headers['Authorization']?.slice(7);
  const address = token ? url.replace(/\?|$/, `?access_token=${encodeURIComponent(token)}&`) : url;
  const socket = new globalThis.WebSocket(address, protocols);
  socket.addEventListener('error', (event) => socket.readyState || socket.onclose?.(event as CloseEvent));
  return socket;
}

/** As an option of `signalr`. */
export const WebSocket = PlatformWebSocket as unknown as WebSocketConstructor;
