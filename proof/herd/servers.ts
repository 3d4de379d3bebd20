import type { Failure } from '../../packages/core/src/link/failure.ts';
import { type Answer, createDoor, type Door, type World } from './door.ts';

/** A connection, as both ends know it. */
export interface Connection {
  /** Of its token, epoch ms: then the hub closes it. */
  readonly expiresAt: number;
  readonly ended: Promise<Failure>;
}

export interface Hub {
  readonly door: Door;
  /** A failure, where there is no connection. @param patience ms for the answer */
  connect(expiresAt: number, patience: number): Promise<Connection | Failure>;
  /** The client has closed it; false where the hub did so before. */
  leave(connection: Connection): boolean;
  /** All sockets die as on SIGTERM, and nothing listens for so many ms. */
  restart(downFor: number): void;
}

/** As ASP.NET Core with `CloseOnAuthenticationExpiration`: once a second it closes what has expired. */
export function createHub(): Hub {
  const door = createDoor();
  const connections = new Map<Connection, (failure: Failure) => void>();
  setInterval(() => {
    for (const [connection, end] of connections) {
      if (connection.expiresAt > Date.now()) continue;
      connections.delete(connection);
      end({ kind: 'closed-by-server', allowReconnect: true });
    }
  }, 1000);

  async function enter(expiresAt: number, patience: number): Promise<Failure | null> {
    const answer = await door.knock(patience);
    if (answer !== 'in') return failures[answer];
    return expiresAt > Date.now() ? null : refused(401);
  }

  return {
    door,
    async connect(expiresAt, patience) {
      const failure = await enter(expiresAt, patience);
      if (failure) return failure;
      let end!: (failure: Failure) => void;
      const connection: Connection = { expiresAt, ended: new Promise((resolve) => (end = resolve)) };
      connections.set(connection, end);
      return connection;
    },
    leave: (connection) => connections.delete(connection),
    restart(downFor) {
      const lost = [...connections.values()];
      connections.clear();
      if (downFor > 0) {
        door.close();
        setTimeout(door.open, downFor);
      }
      for (const end of lost) end({ kind: 'lost', cause: null });
    },
  };
}

const refused = (status: number): Failure => ({
  kind: 'status',
  status,
  response: new Response(null, { status }),
  cause: null,
});

const failures: Record<Exclude<Answer, 'in'>, Failure> = {
  busy: refused(503),
  closed: { kind: 'unreachable', cause: null },
  timeout: { kind: 'timeout', cause: null },
};

export interface Token {
  token: string;
  /** Epoch ms, in whole seconds, as the `exp` of a JWT. */
  expiresAt: number;
}

export interface TokenEndPoint {
  readonly door: Door;
  /** Rejects where there is none. */
  issue(): Promise<Token>;
}

export function createTokenEndPoint(lifetime: number): TokenEndPoint {
  const door = createDoor();
  let issued = 0;
  return {
    door,
    async issue() {
      const answer = await door.knock(Infinity);
      if (answer !== 'in') throw new Error(`The token end point is ${answer}.`);
      issued += 1;
      return { token: `token-${issued}`, expiresAt: Math.floor((Date.now() + lifetime) / 1000) * 1000 };
    },
  };
}

/** Both, in the world that they live in from now on. */
export function limit(world: World, capacity: number, ...doors: Door[]): void {
  for (const door of doors) door.limit(world, capacity);
}
