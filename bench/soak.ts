/// <reference types="node" />
/**
 * Ten hours of five-minute tokens in compressed time: 120 lifetimes of five seconds, on ASP.NET Core, with numbered messages.
 * No number may be lost or repeated, each lifetime costs one token request, and heap and handles stay as they were.
 *
 * `--lifetimes=120`, `--rate=500` (messages a second)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenFrom, type RotationMethod } from '@org/hub-core';
import { ourClient, rawClient, type Contestant } from './contestants.ts';
import { growth, heapNow } from './heap.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { startServer } from './server.ts';
import { numberOption, printTable } from './table.ts';
import { keptToken } from './tokens.ts';

const lifetimes = numberOption('lifetimes', 120);
const rate = numberOption('rate', 500);
/** Seconds, or up to one less: a JWT expires at a whole second. */
const lifetime = 5;
/** What the heap may grow by, bytes: less than a lost message, promise or listener for each lifetime would take. */
const tolerance = 1024 * 1024;

interface Runner {
  readonly client: Contestant;
  readonly numbers: Ledger;
  requests: number;
  rotations: number;
  gaps: number;
}

const server = await startServer({ rate });
const overlap = ours('overlap', server.plain);
const refresh = ours('refresh', server.renewable);
const raw = rawRunner();
const all = { raw, "ours, 'refresh'": refresh, "ours, 'overlap'": overlap };
await Promise.all(Object.values(all).map(({ client }) => client.start()));

interface Sample {
  heap: number;
  handles: number;
  connections: number;
}
const samples: Sample[] = [];
const started = Date.now();
for (let next = 0; least() < lifetimes;) {
  await sleep(250);
  if (least() < next) continue;
  // Code that is compiled and loaded in the first tenth is no leak.
  if (next > 0) samples.push(await sample());
  next += lifetimes / 10;
}
const minutes = ((Date.now() - started) / 60_000).toFixed(1);
for (const { client } of Object.values(all)) await client.stop();

printTable(
  `${minutes} minutes at ${rate} messages/s, tokens of ${lifetime} s`,
  Object.fromEntries(
    Object.entries(all).map(([name, { numbers, requests, rotations, gaps }]) => [
      name,
      {
        'token requests': requests,
        rotations,
        gaps,
        heard: numbers.heard(),
        lost: numbers.lost(),
        repeated: numbers.repeated() + numbers.late(),
        'longest pause, ms': numbers.takeLongestPause().toFixed(0),
      },
    ]),
  ),
);
printTable(
  'This process after each tenth, once garbage was collected',
  Object.fromEntries(
    samples.map(({ heap, handles, connections }, index) => [
      `${(index + 1) * 10} %`,
      { 'heap, kB': Math.round(heap / 1024), handles, 'connections on the server': connections },
    ]),
  ),
);
const grown = (of: 'heap' | 'handles'): number => growth(samples.map((one) => one[of]));
const complaints = [
  ...[refresh, overlap].flatMap(({ numbers, requests, rotations, gaps }) => [
    numbers.lost() + numbers.repeated() + numbers.late() + gaps > 0 && 'A message was lost or repeated.',
    // The first one was for the connection; one more may be on its way.
    requests - rotations > 2 && 'A lifetime took more than one token request.',
  ]),
  grown('heap') > tolerance && `The heap has grown by ${Math.round(grown('heap') / 1024)} kB.`,
  grown('handles') > 2 && `There are ${grown('handles')} more handles.`,
].filter(Boolean);
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;
await server.stop();

function ours(rotation: RotationMethod, url: string): Runner {
  const ask = tokenFrom(async () => {
    runner.requests += 1;
    return server.issue(lifetime);
  });
  const { hub, ...client } = ourClient({ url, auth: ask, rotation });
  const runner: Runner = { client, numbers: createLedger(), requests: 0, rotations: 0, gaps: 0 };
  client.on('Number', runner.numbers.note);
  hub.events.on('rotated', ({ method }) => (runner.rotations += method === rotation ? 1 : 0));
  hub.subscribe(() => (runner.gaps = hub.getSnapshot().gaps));
  return runner;
}

function rawRunner(): Runner {
  const ask = keptToken(async () => {
    runner.requests += 1;
    return server.issue(lifetime);
  });
  const client = rawClient(server.plain, ask);
  const runner: Runner = { client, numbers: createLedger(), requests: 0, rotations: 0, gaps: 0 };
  client.on('Number', runner.numbers.note);
  const count = (): void => {
    runner.gaps += 1;
    void client.reconnected().then(count);
  };
  void client.reconnected().then(count);
  return runner;
}

function least(): number {
  return Math.min(refresh.rotations, overlap.rotations);
}

async function sample(): Promise<Sample> {
  const connections = await server.connections();
  return { heap: heapNow(), handles: process.getActiveResourcesInfo().length, connections };
}
