import { MessageType } from '@microsoft/signalr';
import type { CallerClients, ClientTarget, HubClients, SingleClientTarget } from '../api/call.ts';
import type { Connection } from '../connection/connection.ts';
import type { AnyHubContract } from '../api/contract.ts';
import { exception } from '../wire/exceptions.ts';
import type { Registry } from './registry.ts';
import type { ServerProtocol, WireData } from '../wire/server-protocol.ts';

type C = AnyHubContract;

/** `hub.clients`, and what `clients` of a hub method has in common with it. */
export function createClients(registry: Registry): HubClients<C> {
  const where = (matches: (connection: Connection) => boolean): ClientTarget<C> => ({
    send(method, ...args) {
      const message = { type: MessageType.Invocation, target: method, arguments: args } as const;
      // Written once for each protocol, however many connections hear it.
      const written = new Map<ServerProtocol, WireData>();
      for (const connection of registry.reachable()) if (matches(connection)) connection.send(message, written);
      return Promise.resolve();
    },
  });
  const member = (name: string) => (connection: Connection) => connection.client.groups.has(name);

  return {
    all: where(() => true),
    except: (...ids) => where(({ client }) => !ids.includes(client.id)),
    group: (name) => where(member(name)),
    groupExcept: (name, ...ids) =>
      where((connection) => member(name)(connection) && !ids.includes(connection.client.id)),
    // One after the other: who is in two of them hears it twice, as in ASP.NET Core.
    groups: (...names) => ({
      async send(method, ...args) {
        for (const name of names) await where(member(name)).send(method, ...args);
      },
    }),
    user: (userId) => where(({ client }) => client.userId === userId),
    users: (...userIds) => where(({ client }) => client.userId !== null && userIds.includes(client.userId)),
    client: (id): SingleClientTarget<C> => ({
      send: where(({ client }) => client.id === id).send,
      invoke(method, ...args) {
        const connection = registry.byId(id);
        if (connection) return connection.ask(method, args);
        return Promise.reject(exception('IOException', `Connection '${id}' does not exist.`));
      },
    }),
  };
}

/** `clients` of a hub method. */
export function createCallerClients(clients: HubClients<C>, callerId: string): CallerClients<C> {
  return {
    ...clients,
    caller: clients.client(callerId),
    others: clients.except(callerId),
    othersInGroup: (name) => clients.groupExcept(name, callerId),
  };
}
