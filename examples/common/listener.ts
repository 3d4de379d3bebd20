import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Everything listens on the loopback address and calls itself by it: `localhost` may be ::1 or 127.0.0.1,
 * and each program asks in its own order.
 */
export const host = '127.0.0.1';

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number, cause?: unknown) {
    super(`Port ${port} is taken: stop the program that uses it, or choose another PORT.`, { cause });
    this.port = port;
  }
}

/** Listens on `port` (0: a free one) and resolves to the port it got. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port, error) : error);
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stops listening and cuts what is open: a server that is gone answers nobody. Closing twice is fine. */
export function unlisten(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
