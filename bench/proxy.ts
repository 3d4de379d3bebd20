/// <reference types="node" />
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  readonly url: string;
  /** Everything that is connected is cut off at once, on both sides. */
  drop(): void;
  close(): Promise<void>;
}

/** A network between here and the server of `url`: every byte takes half of `roundTrip` ms. */
export async function startProxy(url: string, roundTrip: number): Promise<Proxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();

  function carry(from: Socket, to: Socket): void {
    sockets.add(from);
    // Timers of one length fire in the order in which they were set.
    const later = (run: () => void): void => void setTimeout(run, roundTrip / 2);
    from.setNoDelay(true);
    from.on('data', (bytes) => later(() => to.writable && to.write(bytes)));
    from.on('end', () => later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      later(() => to.destroy());
    });
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true });
    carry(near, far);
    carry(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const drop = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${port}${target.pathname}`,
    drop,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}
