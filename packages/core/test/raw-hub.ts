/// <reference types="node" />
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RawHub {
  url: string;
  /** Writes to the latest connection: a message, or several, as JSON. */
  say(...messages: string[]): void;
  /** Writes bytes to it, as they are. */
  write(bytes: Uint8Array): void;
  /** Connections so far. */
  connections(): number;
}

/** What negotiate says of WebSockets. */
export const negotiated = {
  negotiateVersion: 1,
  connectionId: 'a',
  connectionToken: 'b',
  availableTransports: [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }],
};

const end = '\u001e';

/**
 * A server that says what no hub would. `answer` takes every HTTP request; after the handshake, the test does the talking.
 */
export async function serveRaw(
  answer: RequestListener = (_, response) => response.end(JSON.stringify(negotiated)),
): Promise<RawHub> {
  const server = createServer(answer);
  const sockets: WebSocket[] = [];
  new WebSocketServer({ server }).on('connection', (socket) => {
    sockets.push(socket);
    socket.once('message', () => socket.send(`{}${end}`));
    // Says goodbye to whoever does.
    socket.on('message', (data) => (data as Buffer).toString().includes('"type":7') && socket.close());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hub`,
    say: (...messages) => sockets.at(-1)?.send(messages.map((message) => message + end).join('')),
    write: (bytes) => sockets.at(-1)?.send(bytes),
    connections: () => sockets.length,
  };
}
