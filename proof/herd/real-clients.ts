import { type HubConnection, HubConnectionBuilder, HubConnectionState } from '@microsoft/signalr';
import { createHubClient, type HubClient, type HubOptions } from '@org/hub-core';
import { type AnyHubContract, createTestHub, type TestHub } from '@org/hub-testing';
import { lifetime } from './simulations.ts';
import { inVirtualTime, sleep, untilIdle } from './virtual-time.ts';

/**
 * The same events as in `simulations.ts`, with links that are real: SignalR’s, to the test hub, in process and in virtual time.
 * Hundreds of them, for they take many times as long.
 */
export interface Observed {
  /** ms from the restart, or from the beginning. */
  connects: number[];
  tokens: number[];
  /** When each was connected again. */
  back: number[];
}

/** No pings: they are most of what would happen. Both ends have to know. */
const silent = { keepAliveInterval: 1e9, serverTimeout: 1e9 };
const silentServer = { keepAliveInterval: 1e9, clientTimeoutInterval: 1e9 };
const perSecond = 1000;

type Server = TestHub<AnyHubContract>;

export function restartOurs(clients: number, seed: number, downFor: number): Promise<Observed> {
  const hubs: HubClient[] = [];
  const server = createTestHub(silentServer);
  return inVirtualTime(
    seed,
    async ({ pass }) => {
      const seen = observer(server);
      for (let index = 0; index < clients; index += 1)
        hubs.push(createClient(seen.url, { signalr: { fetch: seen.fetch, WebSocket: seen.WebSocket, ...silent } }));
      await Promise.all(hubs.map((hub) => hub.start()));
      await pass(10_000);
      seen.from(Date.now());
      for (const hub of hubs) hub.events.on('restored', () => seen.back.push(Date.now() - seen.began));
      void server.restart({ downFor });
      await pass(downFor + 60_000);
      return seen.end(hubs.map((hub) => hub.dispose()));
    },
    () => atRest(server, hubs),
  );
}

export function restartSignalR(clients: number, seed: number, downFor: number): Promise<Observed> {
  const connections: HubConnection[] = [];
  const server = createTestHub(silentServer);
  return inVirtualTime(
    seed,
    async ({ pass }) => {
      const seen = observer(server);
      const { httpClient } = server.inProcess();
      for (let index = 0; index < clients; index += 1) {
        const connection = new HubConnectionBuilder()
          .withUrl(seen.url, {
            httpClient: {
              getCookieString: () => '',
              send: (request: Parameters<typeof httpClient.send>[0]) => {
                seen.connects.push(Date.now());
                return httpClient.send(request);
              },
            },
            WebSocket: seen.WebSocket,
          } as never)
          .withServerTimeout(silent.serverTimeout)
          .withKeepAliveInterval(silent.keepAliveInterval)
          .withAutomaticReconnect()
          .configureLogging({ log: () => {} })
          .build();
        connection.onreconnected(() => seen.back.push(Date.now() - seen.began));
        connections.push(connection);
      }
      await Promise.all(connections.map((connection) => connection.start()));
      await pass(10_000);
      seen.from(Date.now());
      void server.restart({ downFor });
      await pass(downFor + 60_000);
      return seen.end(connections.map((connection) => connection.stop()));
    },
    async () => {
      // What is on its way between the two ends takes some turns.
      for (let turn = 0; turn < 5; turn += 1) await untilIdle();
      while (connections.some(({ state }) => state === HubConnectionState.Connecting)) await untilIdle();
    },
  );
}

/** Time 0 is when the first token expires. */
export function expiryOfOurs(
  clients: number,
  seed: number,
  rotation: 'overlap' | 'auto',
  within: number,
): Promise<Observed> {
  const hubs: HubClient[] = [];
  const server = createTestHub({
    ...silentServer,
    closeOnAuthenticationExpiration: true,
    authenticate: ({ token }) => ({ userId: 'ann', expiresAt: Number(token) }),
  });
  return inVirtualTime(
    seed,
    async ({ pass }) => {
      const seen = observer(server);
      const began = Date.now();
      const getToken = (): Promise<{ token: string; expiresAt: number }> => {
        seen.tokens.push(Date.now());
        const expiresAt = Math.floor((Date.now() + lifetime) / perSecond) * perSecond;
        return Promise.resolve({ token: String(expiresAt), expiresAt });
      };
      for (let index = 0; index < clients; index += 1) {
        const hub = createClient(seen.url, {
          auth: { getToken },
          rotation,
          signalr: { fetch: seen.fetch, WebSocket: seen.WebSocket, ...silent },
        });
        const at = Math.random() * within;
        void sleep(at).then(() => {
          hubs.push(hub);
          return hub.start();
        });
      }
      await pass(lifetime - 70_000);
      seen.from(began + lifetime);
      await pass(within + 80_000);
      return seen.end(hubs.map((hub) => hub.dispose()));
    },
    () => atRest(server, hubs),
  );
}

function createClient(url: string, options: Partial<HubOptions>): HubClient {
  return createHubClient({ url, logger: 'none', ...options });
}

/** Each is connected, and that at both ends, or waits for a timer. Code that a client loads is waited for in real time. */
async function atRest(server: Server, hubs: readonly HubClient[]): Promise<void> {
  for (;;) {
    await untilIdle();
    const snapshots = hubs.map((hub) => hub.getSnapshot());
    const connected = snapshots.filter(({ status }) => status === 'connected').length;
    const waiting = snapshots.filter(({ retryAt }) => retryAt !== null).length;
    const gone = snapshots.filter(({ status }) => status === 'disconnected').length;
    if (connected + waiting + gone === hubs.length && server.connections().length >= connected) return;
  }
}

function observer(server: Server) {
  const { url, fetch, WebSocket } = server.inProcess();
  const connects: number[] = [];
  const tokens: number[] = [];
  const back: number[] = [];
  let began = 0;
  return {
    url,
    WebSocket,
    connects,
    tokens,
    back,
    get began() {
      return began;
    },
    /** What was before does not count. @param zero the time that all others are told from */
    from(zero: number) {
      began = zero;
      connects.length = tokens.length = back.length = 0;
    },
    /** A link asks by address. */
    fetch: ((address: string, options) => {
      if (address.includes('/negotiate')) connects.push(Date.now());
      return fetch(address, options);
    }) as typeof fetch,
    async end(closing: Promise<unknown>[]): Promise<Observed> {
      void Promise.all(closing);
      await server.dispose();
      const told = (times: number[]): number[] => times.map((time) => time - began);
      return { connects: told(connects), tokens: told(tokens), back };
    },
  };
}
