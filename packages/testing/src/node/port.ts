import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface PortOptions {
  port?: number | undefined;
  host?: string | undefined;
}

/** A port that a server of ours listens on. */
export interface Port {
  /** For example `http://127.0.0.1:40017`. */
  readonly origin: string;
  /** Closes it, and every socket. */
  down(): Promise<void>;
  /** Opens it again: the same one. */
  up(): Promise<void>;
}

export async function openPort(server: Server, { port = 0, host = '127.0.0.1' }: PortOptions): Promise<Port> {
  // `closeAllConnections()` forgets upgraded sockets, and those would keep `close()` waiting.
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  const open = (on: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(on, host, () => {
        server.off('error', reject);
        resolve();
      });
    });

  await open(port);
  const taken = (server.address() as AddressInfo).port;
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    down: () =>
      new Promise((resolve) => {
        // An error here only says that it is closed already.
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
    up: () => open(taken),
  };
}
