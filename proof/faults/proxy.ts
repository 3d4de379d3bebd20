/// <reference types="node" />
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { type Conditions, type Line, reset, startLine } from './line.ts';

/** A network between here and a server. */
export interface Proxy {
  readonly url: string;
  /** The network is like this from now on; what is not named is healthy. */
  become(conditions: Conditions): Promise<void>;
  /** Ends all connections with a FIN on both sides; what was on its way is lost. Returns how many they were. */
  cut(): number;
  /** The same with an RST. */
  reset(): number;
  close(): Promise<void>;
}

interface Connection {
  readonly sockets: readonly Socket[];
  readonly lines: readonly Line[];
}

/**
 * @param random draws the jitter; seeded, it is the same each time
 * @param overhear hears all that clients say, and by which connection
 */
export async function startProxy(
  url: string,
  conditions: Conditions = {},
  random: () => number = Math.random,
  overhear?: (connection: object, bytes: Buffer) => void,
): Promise<Proxy> {
  const { hostname, port: targetPort, pathname } = new URL(url);
  const connections = new Set<Connection>();
  let current: Conditions = {};
  let listener: Server | null = null;
  let port = 0;

  function carry(near: Socket): void {
    const far = connect({ host: hostname, port: Number(targetPort), allowHalfOpen: true });
    const now = (): Conditions => current;
    const connection = {
      sockets: [near, far],
      lines: [startLine(near, far, 'up', now, random), startLine(far, near, 'down', now, random)],
    };
    connections.add(connection);
    if (overhear) near.on('data', (bytes: Buffer) => overhear(connection, bytes));
    for (const socket of connection.sockets) {
      socket.on('close', () => connection.sockets.every(({ destroyed }) => destroyed) && forget(connection));
    }
  }

  function forget(connection: Connection): void {
    for (const line of connection.lines) line.lose();
    connections.delete(connection);
  }

  function endAll(end: (socket: Socket) => void): number {
    const count = connections.size;
    for (const connection of connections) {
      forget(connection);
      connection.sockets.forEach(end);
    }
    return count;
  }

  async function listen(): Promise<void> {
    if (listener) return;
    const opened = createServer({ allowHalfOpen: true }, carry);
    await new Promise<void>((resolve, reject) => opened.once('error', reject).listen(port, '127.0.0.1', resolve));
    listener = opened;
    ({ port } = opened.address() as AddressInfo);
  }

  /** A port at which nobody listens is what refuses. What is open stays. */
  function refuse(): void {
    listener?.close();
    listener = null;
  }

  async function become(wanted: Conditions): Promise<void> {
    current = wanted;
    if (wanted.refuses) refuse();
    else await listen();
    for (const { lines } of connections) for (const line of lines) line.look();
  }

  // First of all it needs a port, also where it refuses from the beginning.
  await listen();
  await become(conditions);
  return {
    url: `http://127.0.0.1:${port}${pathname}`,
    become,
    cut: () => endAll((socket) => socket.destroySoon()),
    reset: () => endAll(reset),
    async close() {
      refuse();
      endAll((socket) => socket.destroy());
    },
  };
}
