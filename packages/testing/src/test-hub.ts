import type { HubCall, HubUser } from './api/call.ts';
import { createCallerClients, createClients } from './server/clients.ts';
import { createClock } from './platform/clock.ts';
import { createConnection } from './connection/connection.ts';
import type { Connection } from './connection/connection.ts';
import type { ConnectionHost } from './connection/host.ts';
import type { AnyHubContract, HubContract } from './api/contract.ts';
import { createDispatcher } from './connection/dispatch.ts';
import { createEmitter } from './platform/emitter.ts';
import type { Ending } from './connection/ending.ts';
import { createEntrances } from './entrances/entrances.ts';
import type { Listener } from './entrances/entrances.ts';
import type { ReceivedInvocation, TestHubEvents } from './api/events.ts';
import { createFaults } from './server/faults.ts';
import { createGarbage } from './server/garbage.ts';
import { createGroups } from './server/groups.ts';
import { createInProcess } from './in-process/in-process.ts';
import type { HubSocket } from './api/http.ts';
import type { ClientFilter, TestHub } from './api/hub.ts';
import { createMethodTable } from './connection/methods.ts';
import type { TestHubOptions } from './api/options.ts';
import { createRegistry } from './server/registry.ts';
import { createRevokedRoles } from './server/roles.ts';
import { settingsOf } from './server/settings.ts';

type Call = HubCall<AnyHubContract>;

/**
 * A SignalR server for tests: the real wire, and the faults that apps must survive.
 *
 * This function wires the rooms together. To find your way: requests come in at `entrances`, an accepted socket becomes a `connection`, whose messages go
 * to `dispatch`; `faults` holds what is broken just now, and `pipe` and `entrances` look there.
 */
export function createTestHub<C extends HubContract = AnyHubContract>(options: TestHubOptions<C> = {}): TestHub<C> {
  // Inside, names are strings: the contract has done its work at the surface.
  return createHub(options as unknown as TestHubOptions<AnyHubContract>) as unknown as TestHub<C>;
}

function createHub(options: TestHubOptions<AnyHubContract>): TestHub<AnyHubContract> {
  const settings = settingsOf(options);
  const clock = createClock();
  const faults = createFaults();
  const events = createEmitter<TestHubEvents>(clock);
  const registry = createRegistry();
  const roles = createRevokedRoles();
  const clients = createClients(registry);
  const groups = createGroups(registry, faults, events);
  const methods = createMethodTable(options);
  const listeners = new Set<Listener>();
  const received: ReceivedInvocation[] = [];
  let stopHeartbeat: (() => void) | null = null;
  let restarting: Promise<void> | null = null;
  let disposal: Promise<void> | null = null;

  function createCall(connection: Connection, signal: AbortSignal = connection.signal): Call {
    const { id, items, user, userId } = connection.client;
    return {
      connectionId: id,
      user,
      userId,
      items,
      clients: createCallerClients(clients, id),
      groups: {
        add: (name, connectionId = id) => groups.add(name, connectionId),
        remove: (name, connectionId = id) => groups.remove(name, connectionId),
      },
      signal,
      abort: () => connection.end({ by: 'abort' }),
      drop: () => connection.drop(),
    };
  }

  /** One timer for all, only while there is somebody: as Kestrel's heartbeat. Who comes and goes does not put off the next beat. */
  function heartbeat(): void {
    if (registry.all().length === 0) {
      stopHeartbeat?.();
      stopHeartbeat = null;
      return;
    }
    stopHeartbeat ??= clock.after(settings.heartbeatInterval, () => {
      stopHeartbeat = null;
      for (const connection of registry.all()) connection.beat();
      heartbeat();
    });
  }

  const host: ConnectionHost = {
    clock,
    faults,
    settings,
    roles,
    protocols: settings.protocols,
    createCall,
    createDispatcher: (connection) =>
      createDispatcher(
        {
          methods,
          events,
          detailed: settings.enableDetailedErrors,
          maximumParallelInvocations: settings.maximumParallelInvocationsPerClient,
          createCall,
          record: (invocation) => void received.push(invocation),
        },
        connection,
      ),
    onConnected: async (call) => options.onConnected?.(call),
    connected: ({ client }) => events.emit('connected', { client }),
    async onDisconnected(call, error) {
      try {
        await options.onDisconnected?.(call, error);
        return true;
      } catch (failure) {
        console.error("The test hub's onDisconnected() failed.", failure);
        return false;
      }
    },
    disconnected: ({ client }, error) => events.emit('disconnected', { client, ...(error ? { error } : {}) }),
    gone(connection) {
      registry.remove(connection);
      heartbeat();
    },
  };

  function open(socket: HubSocket, connectionId: string, user: HubUser | null, release: () => void): Connection {
    const connection = createConnection(
      { ...host, gone: (gone) => (release(), host.gone(gone)) },
      socket,
      connectionId,
      user,
    );
    registry.add(connection);
    heartbeat();
    return connection;
  }

  function refreshed(connection: Connection): void {
    const { client } = connection;
    events.emit('refreshed', { client });
    void (async () => options.onAuthenticationRefreshed?.(createCall(connection)))().catch((error: unknown) =>
      console.error("The test hub's onAuthenticationRefreshed() failed.", error),
    );
  }

  /** Ends these connections; resolves when each `onDisconnected` has finished. */
  async function endAll(ending: Ending, filter: ClientFilter = () => true): Promise<void> {
    const chosen = registry.reachable().filter(({ client }) => filter(client));
    for (const connection of chosen) connection.end(ending);
    await Promise.all(chosen.map(({ done }) => done));
  }

  /** Without a filter also those who have not shaken hands yet. */
  function chosen(filter: ClientFilter | undefined): Connection[] {
    return filter ? registry.reachable().filter(({ client }) => filter(client)) : registry.all();
  }

  function dropAll(): void {
    for (const connection of registry.all()) connection.drop();
  }

  async function goDownAndUp({ downFor = 0 }: { downFor?: number }): Promise<void> {
    if (disposal) return;
    faults.goDown();
    dropAll();
    entrances.forget();
    await Promise.all([...listeners].map((listener) => listener.down()));
    await clock.sleep(downFor);
    if (disposal) return;
    faults.comeUp();
    await Promise.all([...listeners].map((listener) => listener.up()));
  }

  async function own<L extends Listener>(opening: Promise<L>): Promise<L> {
    const listener = await opening;
    listeners.add(listener);
    if (disposal) await listener.detach();
    return listener;
  }

  async function release(listener: Listener): Promise<void> {
    if (listeners.delete(listener)) await listener.detach();
  }

  const entrances = createEntrances({
    clock,
    faults,
    events,
    access: { authenticate: options.authenticate, anonymous: settings.anonymous },
    allowedOrigins: options.allowedOrigins,
    redirect: options.redirect,
    acceptRefresh: options.onAuthenticationRefresh,
    refreshed,
    settings,
    open,
  });

  return {
    clients,
    groups,
    connections: () => registry.reachable().map(({ client }) => client),
    received: () => [...received],
    waitFor: (event, predicate, limits) => events.waitFor(event, predicate, limits),
    on: (event, listener) => events.on(event, listener),

    drop({ filter } = {}) {
      for (const connection of chosen(filter)) connection.drop();
    },
    close({ allowReconnect = false, error, filter } = {}) {
      return endAll({ by: 'hub', allowReconnect, ...(error === undefined ? {} : { error }) }, filter);
    },
    restart(rules = {}) {
      // A second one waits for the first: a port is closed and opened in turn.
      const restart = restarting ? restarting.then(() => goDownAndUp(rules)) : goDownAndUp(rules);
      restarting = restart;
      return restart.finally(() => {
        if (restarting === restart) restarting = null;
      });
    },
    reject: (status, rules = {}) => faults.reject(status, rules),
    freeze: () => faults.freeze(),
    thaw: () => faults.thaw(),
    delay(ms) {
      faults.delay = ms;
    },
    cutAfter(bytes, { filter } = {}) {
      const lifts = chosen(filter).map((connection) => connection.cutAfter(bytes));
      return () => lifts.forEach((lift) => lift());
    },
    garbage({ seed = 1, filter } = {}) {
      for (const connection of chosen(filter)) connection.sendRaw((binary) => createGarbage(seed, binary));
    },
    expire: (userId) => endAll({ by: 'hub', allowReconnect: true }, (client) => client.userId === userId),
    revokeRole: (userId, role) => roles.revoke(userId, role),
    refuseGroup: (name, text = `The group '${name}' is refused.`) => faults.refuseGroup(name, text),

    handleRequest: (request) => entrances.handleRequest(request),
    handleUpgrade: (request) => entrances.handleUpgrade(request),
    inProcess: (rules = {}) => createInProcess(entrances, clock, rules),
    async attach(server, rules = {}) {
      const { attach } = await import('./node/attach.ts');
      const listener = await own(Promise.resolve(attach(entrances, server, rules)));
      return { detach: () => release(listener) };
    },
    async listen(rules = {}) {
      const { listen } = await import('./node/listen.ts');
      const listener = await own(listen(entrances, rules));
      return { url: listener.url, close: () => release(listener) };
    },

    dispose() {
      disposal ??= (async () => {
        faults.goDown();
        // An `onConnected` that never ends (a test's way to make a start hang) must not hold up the end of that test.
        const leaving = registry.all().filter(({ arriving }) => !arriving);
        dropAll();
        faults.thaw();
        clock.dispose();
        await Promise.all([...listeners].map(release));
        await Promise.all(leaving.map(({ done }) => done));
        events.dispose();
      })();
      return disposal;
    },
  };
}
