/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import EventSource from 'eventsource';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { WebSocket } from 'ws';
import { type Lab, startLab } from '../../e2e/lab/index.ts';
import { createAccounts } from './accounts.ts';
import { watch } from './client.ts';
import { enterPage } from './page.ts';
import type { Place } from './run.ts';
import type { Server } from './server.ts';
import { clientSettings } from './virtual-world.ts';
import type { Doors } from './wire.ts';
import type { World, WorldSettings } from './world.ts';

const users = ['ann', 'bob'];
const groups = ['a', 'b', 'c'];
const doors = { fetch: globalThis.fetch, WebSocket, EventSource } as unknown as Doors;
const options = { closeAtExpiry: true, renewable: true };

const settings: fc.Arbitrary<WorldSettings> = fc.record({
  chance: fc.nat(),
  closeAtExpiry: fc.constant(true),
  renewable: fc.constant(true),
  named: fc.constantFrom(true, true, true, false),
  // The short ones are renewed, and expire, within a schedule. With one that ends on the way a connection would be a visitor's.
  lifetime: fc.constantFrom(3_000, 3_000, 4_000, 60_000),
  clients: fc.tuple(clientSettings, clientSettings),
});

/**
 * The same on ASP.NET Core, in real time: one process for all schedules. What only the test hub can do (`special`) is left out,
 * as are jumps of the clock.
 */
export async function startOnAspNetCore(): Promise<Place & { stop(): Promise<void> }> {
  const lab = await startLab('aspnetcore', {
    closeOnAuthenticationExpiration: options.closeAtExpiry,
    tokenRefresh: options.renewable,
    allowAnonymous: true,
  });
  return {
    virtual: false,
    settings,
    longest: 1_000,
    open: (given) => createWorld(lab, given),
    stop: () => lab.close(),
  };
}

async function createWorld(lab: Lab, given: WorldSettings): Promise<World & { end(): Promise<void> }> {
  await lab.forget();
  const page = enterPage();
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  const complaints: string[] = [];
  const unhandled = (error: unknown): void => void complaints.push(`nobody handled: ${String(error)}`);
  process.on('unhandledRejection', unhandled);
  const accounts = createAccounts(async (sub, lifetime) => {
    const token = await lab.issue({ sub, expiresIn: lifetime / 1000 });
    return { token, expiresAt: decodeJwt(token).exp! * 1000 };
  }, given);
  accounts.user = 'ann';
  const server = createServer(lab);
  const clients = given.clients.map((one, index) =>
    watch('AB'[index]!, one, {
      url: lab.url,
      doors,
      accounts,
      complain: (what) => void complaints.push(what),
      tells: (text) => [...accounts.tokens].some((token) => secretsOf(token).some((secret) => text.includes(secret))),
      elapsed,
      options: given.clients[index]!.reconnect ? { reconnect: { baseDelay: 50, maxDelay: 500 } } : {},
    }),
  );
  const world: World & { end(): Promise<void> } = {
    clients,
    accounts,
    server,
    page,
    complaints,
    drained: () => sleep(30),
    pass: (ms) => sleep(ms),
    elapsed,
    async rest(ms, isSo) {
      const until = performance.now() + ms;
      while (performance.now() < until && !(await isSo())) await sleep(50);
    },
    jump: null,
    number: 0,
    wakings: 0,
    slack: 3_000,
    async leftovers() {
      await world.rest(5_000, () => clients.every(({ wire }) => wire.busy() === 0));
      return [
        ...clients.filter(({ wire }) => wire.busy() > 0).map(({ name }) => `${name}: sockets or requests are left`),
        ...(page.listeners() > 0 ? [`${page.listeners()} listeners of the page are left`] : []),
        ...(accounts.listeners > 0 ? [`${accounts.listeners} listeners of the source are left`] : []),
      ];
    },
    async end() {
      accounts.setMood('good');
      await Promise.all(clients.map(({ hub }) => hub.dispose()));
      await server.heal();
      process.off('unhandledRejection', unhandled);
      page.leave();
    },
  };
  return world;
}

/** What no text may hold of a JWT: any piece of its payload or its signature. The header is the same for all. */
function secretsOf(token: string): string[] {
  return token
    .split('.')
    .slice(1)
    .flatMap((part) => part.match(/.{20}/g) ?? []);
}

function createServer(lab: Lab): Server {
  /** A restart takes its time; what comes after it waits for it. */
  let up: Promise<unknown> = Promise.resolve();
  const then = async (run: () => Promise<unknown>): Promise<void> => {
    await up;
    await run();
  };
  return {
    name: 'ASP.NET Core',
    connections: () => lab.connections(),
    ran: async () => (await lab.calls()).filter(({ method }) => method === 'Slow').map(({ args }) => String(args[1])),
    broadcast: (number) => then(() => lab.broadcast('Number', number)),
    toGroup: (group, number) => then(() => lab.toGroup(group, 'GroupMessage', group, String(number))),
    toUser: (user) => then(() => lab.toUser(user, 'Private', user)),
    ask: () =>
      then(async () => {
        for (const { connectionId } of await lab.connections()) lab.ask(connectionId, 'Asked', 1).catch(() => {});
      }),
    drop: () => then(() => lab.drop()),
    // It cannot say an error while a connection is up.
    close: ({ allowReconnect }) => then(() => lab.closeAll({ allowReconnect })),
    restart: async (downFor) => {
      up = up.then(() => lab.restart({ downFor: Math.min(downFor, 500) }));
      await up;
    },
    reject: (status, on, times) => then(() => lab.reject(status, { on, times })),
    refuseGroup: (group) => then(() => lab.refuseGroup(group)),
    failGroup: (group, times) => then(() => lab.failGroup(group, times)),
    revoke: () => then(() => Promise.all(users.map((user) => lab.revoke(user)))),
    special: null,
    heal: () =>
      then(async () => {
        for (const on of ['negotiate', 'connect', 'refresh'] as const) await lab.reject(503, { on, times: 0 });
        for (const group of groups) {
          await lab.admitGroup(group);
          await lab.failGroup(group, 0);
        }
      }),
    // The next schedule needs it.
    stop: async () => {},
  };
}
