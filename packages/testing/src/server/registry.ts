import type { Connection } from '../connection/connection.ts';

/** All links of one hub: from the upgrade on, and until `onDisconnected` has finished. */
export interface Registry {
  add(connection: Connection): void;
  remove(connection: Connection): void;
  all(): Connection[];
  /** Those that hub methods can reach, oldest first. */
  reachable(): Connection[];
  byId(connectionId: string): Connection | undefined;
}

export function createRegistry(): Registry {
  const connections = new Map<string, Connection>();
  return {
    add: (connection) => void connections.set(connection.client.id, connection),
    remove: (connection) => void connections.delete(connection.client.id),
    all: () => [...connections.values()],
    reachable: () => [...connections.values()].filter((connection) => connection.reachable),
    byId(connectionId) {
      const connection = connections.get(connectionId);
      return connection?.reachable ? connection : undefined;
    },
  };
}
