/// <reference types="node" />
/**
 * What many reconnects of one client leave behind: heap, after garbage was collected, and what the process has open. The client
 * lives as in an app: handlers, groups, listeners, a token that is renewed on the way, and a call in flight at each drop. Every
 * second connection is cut as by a lost network, the others are closed by the server as at an expiry.
 *
 * `--reconnects=10000`, `--reconnects-aspnetcore=1000`
 */
import { tokenFrom, type HubClient } from '@org/hub-core';
import { ourClient } from './contestants.ts';
import { growth, heapNow, keepHeapSteady } from './heap.ts';
import { atMost, exactly, judge, type Verdict } from './limits.ts';
import { startNodeHub } from './node-hub.ts';
import { restored } from './restored.ts';
import { startServer, type BenchServer } from './server.ts';
import { numberOption, printTable, spread } from './table.ts';

type Hub = Omit<BenchServer, 'renewable'>;

const reconnects = numberOption('reconnects', 10_000);
const reconnectsOfAspNetCore = numberOption('reconnects-aspnetcore', 1_000);
/** Looks at the heap on the way; growth is from the first few of them to the last few. */
const looks = 20;
/** Seconds that a token lives: it is renewed every few hundred reconnects. */
const lifetime = 10;

keepHeapSteady();

interface Look {
  reconnects: number;
  /** Bytes. */
  heap: number;
  open: Record<string, number>;
  connections: number;
}

judge([
  ...(await measure('Node', await startNodeHub(), reconnects)),
  ...(await measure('ASP.NET Core', await startServer({ rate: 1, toGroup: true }), reconnectsOfAspNetCore)),
]);

async function measure(name: string, server: Hub, count: number): Promise<Verdict[]> {
  const before = openNow();
  let requests = 0;
  const auth = tokenFrom(() => {
    requests += 1;
    return server.issue(lifetime);
  });
  const groups = ['news', 'sports', 'weather'];
  const client = ourClient({ url: server.plain, auth, reconnect: { baseDelay: 1, maxDelay: 1 } }, groups);
  for (const method of ['Number', 'Tick', 'Told']) client.on(method, () => {});
  client.hub.events.on('*', () => {});
  client.hub.subscribe(() => {});
  await client.start();
  // Code that is loaded, and pools that fill, are no leak.
  await reconnectTimes(client.hub, Math.ceil(count / looks));

  const all: Look[] = [];
  const durations: number[] = [];
  for (let done = 0; done < count;) {
    const next = Math.min(count - done, Math.ceil(count / looks));
    durations.push(...(await reconnectTimes(client.hub, next)));
    done += next;
    all.push(await look(done, server));
  }
  await client.stop();
  const after = openNow();
  await server.stop();

  printTable(
    `${name}: ${count} reconnects, ${spread(durations)} ms each; ${requests} tokens`,
    Object.fromEntries(
      all.map(({ reconnects: at, heap, open, connections }) => [
        at,
        { 'heap, kB': Math.round(heap / 1024), ...open, 'connections on the server': connections },
      ]),
    ),
  );
  const opened = all.map(({ open }) => total(open));
  return [
    atMost(`${name}, ${count} reconnects: growth of the heap`, growth(all.map(({ heap }) => heap)) / 1024, 1024, ' kB'),
    atMost(`${name}: open handles and listeners, most less fewest`, Math.max(...opened) - Math.min(...opened), 2),
    exactly(`${name}: most connections on the server`, Math.max(...all.map(({ connections }) => connections)), 1),
    exactly(`${name}: still open once it has stopped`, total(after) - total(before), 0),
  ];
}

async function reconnectTimes(hub: HubClient, count: number): Promise<number[]> {
  const durations: number[] = [];
  for (let done = 0; done < count; done += 1) {
    const started = performance.now();
    const back = restored(hub);
    const inFlight = hub.invoke(done % 2 === 0 ? 'Cut' : 'Expire').catch(() => {});
    const { joined } = await back;
    await inFlight;
    if (joined !== 3) throw new Error(`Only ${joined} groups of 3 are back.`);
    durations.push(performance.now() - started);
  }
  return durations;
}

async function look(done: number, server: Hub): Promise<Look> {
  const connections = await server.connections();
  return { reconnects: done, heap: heapNow(), open: openNow(), connections };
}

/** What keeps this process busy, by kind, and the listeners of the process itself. */
function openNow(): Record<string, number> {
  const open: Record<string, number> = { listeners: 0 };
  for (const name of process.eventNames()) open['listeners']! += process.listenerCount(name);
  for (const kind of process.getActiveResourcesInfo()) open[kind] = (open[kind] ?? 0) + 1;
  return open;
}

function total(open: Record<string, number>): number {
  return Object.values(open).reduce((sum, count) => sum + count, 0);
}
