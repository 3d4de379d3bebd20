/// <reference types="node" />
/**
 * What an expiry costs at 500 messages a second: the longest pause between two messages, and how many are lost, by how long
 * the token end point and the network take. Each round is one expiry of a new client; all clients of a round are at it
 * together. `none` has no expiry: what the machine itself does to the messages meanwhile.
 *
 * `--rounds=5`, `--rate=500` (messages a second)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenFrom, type RotationMethod } from '@org/hub-core';
import { ourClient, rawClient, type Contestant } from './contestants.ts';
import { createLedger } from './ledger.ts';
import { exactly, judge } from './limits.ts';
import { startProxy } from '../proof/faults/proxy.ts';
import { startServer } from './server.ts';
import { numberOption, printTable, spread } from './table.ts';
import { keptToken } from './tokens.ts';

const rounds = numberOption('rounds', 5);
const rate = numberOption('rate', 500);
/** Seconds that the first token of each client lives, or up to one less. */
const lifetime = 5;
/** Seconds after the expiry until everybody is back: ASP.NET Core looks for it once a second. */
const aftermath = 3;

const server = await startServer({ rate });
const pauses: Record<string, Record<string, string>> = {};
const losses: Record<string, Record<string, string>> = {};
/** All that were lost by the ways that need no gap. */
const lostBy = { "ours, 'overlap'": 0, "ours, 'refresh'": 0 };
for (const roundTrip of [0, 50]) {
  const plain = await startProxy(server.plain, { delay: roundTrip / 2 });
  const renewable = await startProxy(server.renewable, { delay: roundTrip / 2 });
  for (const tokenDelay of [0, 150]) {
    const figures = await measure(
      roundTrip === 0 ? server : { plain: plain.url, renewable: renewable.url },
      tokenDelay,
    );
    const condition = `token ${tokenDelay}, round trip ${roundTrip}`;
    for (const [name, { pause, lost }] of figures) {
      (pauses[name] ??= {})[condition] = spread(pause, 0);
      (losses[name] ??= {})[condition] = spread(lost, 0);
      if (name in lostBy) lostBy[name as keyof typeof lostBy] += lost.reduce((sum, count) => sum + count);
    }
  }
  await plain.close();
  await renewable.close();
}
printTable(`The longest pause at an expiry, ms, at ${rate} messages/s: median (least–most) of ${rounds}`, pauses);
printTable('Messages lost', losses);
await server.stop();
judge(
  Object.entries(lostBy).map(([name, lost]) => exactly(`${name}: messages lost at ${4 * rounds} expiries`, lost, 0)),
);

type Figures = Map<string, { pause: number[]; lost: number[] }>;

async function measure(urls: { plain: string; renewable: string }, tokenDelay: number): Promise<Figures> {
  const figures: Figures = new Map();
  for (let round = 0; round < rounds; round += 1) {
    const clients: Record<string, (ask: () => Promise<string>) => Contestant> = {
      'raw, asks each time': (ask) => rawClient(urls.plain, ask),
      'raw, keeps the token': (ask) => rawClient(urls.plain, keptToken(ask)),
      "ours, 'auto', first close": (ask) => ours('auto', urls.plain, ask),
      "ours, 'overlap'": (ask) => ours('overlap', urls.plain, ask),
      "ours, 'refresh'": (ask) => ours('refresh', urls.renewable, ask),
      none: () => rawClient(urls.plain, () => server.issue(3600)),
    };
    await Promise.all(
      Object.entries(clients).map(async ([name, create]) => {
        const { pause, lost } = await throughExpiry(create, tokenDelay);
        const all = figures.get(name) ?? { pause: [], lost: [] };
        figures.set(name, { pause: [...all.pause, pause], lost: [...all.lost, lost] });
      }),
    );
  }
  return figures;
}

async function throughExpiry(
  create: (ask: () => Promise<string>) => Contestant,
  tokenDelay: number,
): Promise<{ pause: number; lost: number }> {
  const numbers = createLedger();
  // A token end point. Who connects gets a short token, also where each connection asks twice; later ones are long.
  let expiresIn = lifetime;
  const client = create(async () => {
    const asked = expiresIn;
    await sleep(tokenDelay);
    return server.issue(asked);
  });
  client.on('Number', numbers.note);
  await client.start();
  expiresIn = 3600;
  const end = sleep((lifetime + aftermath) * 1000);
  // The first messages come while code is still being compiled.
  await sleep(500);
  numbers.takeLongestPause();
  await end;
  const result = { pause: numbers.takeLongestPause(), lost: numbers.lost() };
  if (numbers.repeated() + numbers.late() > 0) throw new Error('A message was repeated, or came late.');
  await client.stop();
  return result;
}

function ours(rotation: RotationMethod, url: string, ask: () => Promise<string>): Contestant {
  const client = ourClient({ url, auth: tokenFrom(ask), rotation });
  const happened = new Set<string>();
  client.hub.events.on('rotated', ({ method }) => void happened.add(method));
  client.hub.events.on('restored', () => void happened.add('auto'));
  return {
    ...client,
    async stop() {
      if (!happened.has(rotation)) throw new Error(`'${rotation}' did not come to pass: ${[...happened].join()}`);
      await client.stop();
    },
  };
}
