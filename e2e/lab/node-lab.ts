/// <reference types="node" />
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonHubProtocol } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { createTestHub } from '@org/hub-testing';
import type { TestHub } from '@org/hub-testing';
import type { LabCommand, LabServer } from './commands.ts';
import type { Journal } from './journal.ts';
import type { LabHub, LabOptions } from './lab.ts';
import { createNodeAuthentication } from './node-authentication.ts';
import { createLabMethods } from './node-methods.ts';
import { createNumbers } from './node-numbers.ts';
import type { Numbers } from './node-numbers.ts';
import { recordRequests } from './node-requests.ts';

/** What the test asked for: aspnetcore/LabState.cs, here in the test's own process. */
export interface NodeLabState {
  readonly revokedTokens: Set<string>;
  readonly forbiddenUsers: Set<string>;
  readonly revokedRoles: Map<string, Set<string>>;
  readonly refusedGroups: Set<string>;
  readonly failingGroups: Map<string, number>;
  readonly counts: Map<string, number>;
  redirect: { url: string; accessToken: string } | null;
  failingConnections: number;
  joinDelay: number;
  disconnectDelay: number;
}

/** The test hub of `@org/hub-testing` on a Node server. */
export async function startNodeLab(key: Uint8Array, options: LabOptions, journal: Journal): Promise<LabServer> {
  const state: NodeLabState = {
    revokedTokens: new Set(),
    forbiddenUsers: new Set(),
    revokedRoles: new Map(),
    refusedGroups: new Set(),
    failingGroups: new Map(),
    counts: new Map(),
    redirect: null,
    failingConnections: 0,
    joinDelay: options.joinDelay ?? 0,
    disconnectDelay: options.disconnectDelay ?? 0,
  };
  const hub = createTestHub<LabHub>({
    ...createLabMethods(state, journal, () => numbers),
    authenticate: createNodeAuthentication(key, options, state),
    anonymous: options.allowAnonymous ?? false,
    closeOnAuthenticationExpiration: options.closeOnAuthenticationExpiration ?? false,
    enableAuthenticationRefresh: options.tokenRefresh ?? false,
    redirect: () => state.redirect,
    protocols: [new JsonHubProtocol(), new MessagePackHubProtocol()],
    // As in aspnetcore/Program.cs: 1 would hide how many joins a client sends at once.
    maximumParallelInvocationsPerClient: 1000,
    onConnected({ connectionId, userId }) {
      if (state.failingConnections > 0) {
        state.failingConnections--;
        throw new Error('OnConnected was told to fail.');
      }
      journal.record({ fact: 'connected', connectionId, userId, at: Date.now() });
    },
    async onDisconnected({ connectionId }) {
      journal.record({ fact: 'disconnecting', connectionId, at: Date.now() });
      await sleep(state.disconnectDelay);
      journal.record({ fact: 'disconnected', connectionId, at: Date.now() });
    },
  });
  const server = createServer((_, response) => void response.writeHead(404).end());
  const attachment = await hub.attach(server, { path: '/hub', cors: true });
  let isUp = true;
  recordRequests(server, '/hub', journal, () => isUp);
  const listen = (on: number): Promise<void> => new Promise((resolve) => server.listen(on, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const rejections = new Map<string, () => void>();
  const numbers = createNumbers((number) => void hub.clients.all.send('Number', number));

  return {
    url: `http://127.0.0.1:${port}/hub`,
    obey: (command) => obey(command, hub, state, rejections, numbers),
    sync: () => Promise.resolve(),
    async restart(downFor) {
      if (!isUp) throw new Error('The lab is restarting already.');
      isUp = false;
      numbers.stop();
      // The hub would only cut connections to a server that is not its own; a dead process refuses them.
      server.close();
      server.closeAllConnections();
      await hub.restart({ downFor });
      await listen(port);
      isUp = true;
    },
    log: () => '',
    async close() {
      numbers.stop();
      await attachment.detach();
      await hub.dispose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function obey(
  command: LabCommand,
  hub: TestHub<LabHub>,
  state: NodeLabState,
  rejections: Map<string, () => void>,
  numbers: Numbers,
): Promise<unknown> {
  // Tests send messages of their own names, outside of the contract.
  const clients = (hub as unknown as TestHub<{ server: object; client: Record<string, (...args: unknown[]) => void> }>)
    .clients;
  switch (command.name) {
    case 'revoke':
      for (const token of command.tokens) state.revokedTokens.add(token);
      return;
    case 'forbid':
      return void state.forbiddenUsers.add(command.user);
    case 'allow':
      return void state.forbiddenUsers.delete(command.user);
    case 'revokeRole': {
      const taken = state.revokedRoles.get(command.user) ?? new Set();
      return void state.revokedRoles.set(command.user, taken.add(command.role));
    }
    case 'redirect':
      state.redirect = command.target;
      return;
    case 'startNumbers':
      return numbers.start(command.every);
    case 'stopNumbers':
      return numbers.stop();
    case 'refuseGroup':
      return void state.refusedGroups.add(command.group);
    case 'admitGroup':
      return void state.refusedGroups.delete(command.group);
    case 'failGroup':
      return void state.failingGroups.set(command.group, command.times);
    case 'failConnections':
      state.failingConnections = command.times;
      return;
    case 'joinDelay':
      state.joinDelay = command.delay;
      return;
    case 'disconnectDelay':
      state.disconnectDelay = command.delay;
      return;
    case 'reject': {
      const { on, status, times, headers } = command.rejection;
      rejections.get(on)?.();
      rejections.delete(on);
      if (times > 0) rejections.set(on, hub.reject(status, { on: on === 'connect' ? 'upgrade' : on, times, headers }));
      return;
    }
    case 'drop':
      return hub.drop();
    case 'closeAll': {
      const { allowReconnect, error } = command;
      // Not awaited: ASP.NET Core does not wait for OnDisconnected either.
      void hub.close({ allowReconnect, ...(error === undefined ? {} : { error }) });
      return;
    }
    case 'broadcast':
      return clients.all.send(command.method, ...command.args);
    case 'toGroup':
      return clients.group(command.group).send(command.method, ...command.args);
    case 'ask':
      return clients.client(command.connectionId).invoke(command.method, ...command.args);
    case 'toUser':
      return clients.user(command.user).send(command.method, ...command.args);
  }
  return command satisfies never;
}
