import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Entrances, Listener } from '../entrances/entrances.ts';
import type { ListenOptions } from '../api/hub.ts';
import { attach } from './attach.ts';

/** A Node server of the hub's own: a restart closes its port and opens it again. */
export async function listen(
  entrances: Entrances,
  { port = 0, host = '127.0.0.1', path = '/hub', ...rules }: ListenOptions,
): Promise<Listener & { url: string }> {
  const server = createServer();
  const attached = attach(entrances, server, { path, ...rules });
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
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      // An error here only says that it is closed already.
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });

  await open(port);
  const taken = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${taken}${path}`,
    down: close,
    up: () => open(taken),
    async detach() {
      await attached.detach();
      await close();
    },
  };
}
