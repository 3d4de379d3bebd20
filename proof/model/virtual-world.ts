/// <reference types="node" />
import fc from 'fast-check';
import { createAccounts } from './accounts.ts';
import { type ClientSettings, watch } from './client.ts';
import { enterPage } from './page.ts';
import { createTestHubServer } from './test-hub-server.ts';
import { createVirtualTime } from './virtual-time.ts';
import type { Place } from './run.ts';
import type { World, WorldSettings } from './world.ts';

export const clientSettings: fc.Arbitrary<ClientSettings> = fc.record({
  rotation: fc.constantFrom('auto', 'overlap', 'refresh', 'off'),
  transport: fc.constantFrom('WebSockets', 'WebSockets', 'ServerSentEvents', 'LongPolling'),
  anonymous: fc.constantFrom('wait', 'wait', 'connect'),
  joinMany: fc.boolean(),
  reconnect: fc.constantFrom(true, true, true, true, false),
});

const settings: fc.Arbitrary<WorldSettings> = fc.record({
  chance: fc.nat(),
  closeAtExpiry: fc.boolean(),
  renewable: fc.boolean(),
  named: fc.constantFrom(true, true, true, false),
  lifetime: fc.constantFrom(3_000, 20_000, 60_000, 300_000, 300_000),
  clients: fc.tuple(clientSettings, clientSettings),
});

/** Two clients of one token source, on the test hub, in time that passes when it is told to. */
export const onTestHub: Place = {
  virtual: true,
  settings,
  longest: Infinity,
  open: async (given) => createVirtualWorld(given),
};

function createVirtualWorld(settings: WorldSettings): World & { end(): Promise<void> } {
  const time = createVirtualTime(settings.chance);
  const page = enterPage();
  const visitors = settings.clients.some(({ anonymous }) => anonymous === 'connect');
  const server = createTestHubServer({ ...settings, visitors });
  const complaints: string[] = [];
  const accounts = createAccounts(server.issue, settings);
  accounts.user = 'ann';
  const place = {
    url: server.url,
    doors: server.doors,
    accounts,
    complain: (what: string) => void complaints.push(what),
    tells: (text: string) => /SeCrEt|ToKeN/.test(text),
    elapsed: time.elapsed,
    options: {},
  };
  const unhandled = (error: unknown): void => void complaints.push(`nobody handled: ${String(error)}`);
  process.on('unhandledRejection', unhandled);
  const clients = settings.clients.map((one, index) => watch('AB'[index]!, one, place));

  return {
    clients,
    accounts,
    server,
    page,
    complaints,
    drained: time.drained,
    pass: time.pass,
    elapsed: time.elapsed,
    rest: time.pass,
    jump: time.jump,
    number: 0,
    wakings: 0,
    slack: 0,
    async leftovers() {
      return [
        ...clients
          .filter(({ wire }) => wire.busy() > 0)
          .map(({ name, wire }) => `${name}: ${wire.busy()} sockets or requests are left`),
        ...(time.timers() > 0 ? [`${time.timers()} timers are left`] : []),
        ...(page.listeners() > 0 ? [`${page.listeners()} listeners of the page are left`] : []),
        ...(accounts.listeners > 0 ? [`${accounts.listeners} listeners of the source are left`] : []),
        ...(accounts.flights > 0 ? [`${accounts.flights} token requests are left`] : []),
      ];
    },
    async end() {
      // After a failure all of it is still there, and would live on in the next schedule.
      for (const { hub } of clients) void hub.dispose();
      accounts.setMood('good');
      void server.stop();
      await time.pass(60_000);
      process.off('unhandledRejection', unhandled);
      page.leave();
      time.end();
    },
  };
}
