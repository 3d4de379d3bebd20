/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renewAhead } from '../../packages/core/src/session/token-keeper.ts';
import { restart } from './bundled-simulations.ts';
import { chanceOfDistance, chanceOfMeans, distance } from './figures.ts';
import { restartOurs } from './real-clients.ts';
import { expiryResult, type Herd, restartResult, tenthOf } from './results.ts';
import { expiryRow, restartRow } from './words.ts';

const clients = 1_000;
const herd: Herd = { clients, seed: 8 };

/** By this much at most a count of independent clients differs from what is expected: five standard deviations. */
const chance = (share: number): number => 5 * Math.sqrt(clients * share * (1 - share));

test('where another instance takes over at once, the first tries are even over half a second', async () => {
  const { result } = await restartResult(herd, 'ours', 'unlimited', 0);
  expect(result).toMatchObject({ neverBack: 0, tries: { mean: 1, most: 1 }, tokens: 0 });
  expect(result.all).toBeLessThanOrEqual(501);
  expect(Math.abs(result.half! - 250)).toBeLessThan((chance(0.5) / clients) * 500);
  // Of five tenths one holds a fifth; the worst of all windows a little more.
  expect(result.connects.inTenth).toBeLessThan(clients / 5 + chance(0.2));
});

test('after 60 s all are back within the longest pause, and have asked for one token each', async () => {
  const { result } = await restartResult(herd, 'ours', 'unlimited', 60_000);
  expect(result).toMatchObject({ neverBack: 0, tokens: clients });
  expect(result.all).toBeLessThanOrEqual(20_000);
  expect(result.connects.inSecond).toBeLessThan(clients / 5);
});

test('SignalR’s default comes back in one moment, or not at all', async () => {
  const short = await restartResult(herd, 'signalr', 'unlimited', 5_000);
  const long = await restartResult(herd, 'signalr', 'unlimited', 60_000);
  expect([...new Set(short.seen.connects)]).toEqual([1, 2_001, 12_001]);
  expect(short.result).toMatchObject({ connects: { total: clients, inTenth: clients }, neverBack: 0 });
  expect(long.result).toMatchObject({ connects: { total: 0 }, tries: { mean: 4, most: 4 }, neverBack: clients });
});

test('a hub that refuses what is too much gets all back that way, and a twentieth a time of SignalR’s', async () => {
  const ours = await restartResult(herd, 'ours', 'refuses', 5_000);
  const theirs = await restartResult(herd, 'signalr', 'refuses', 5_000);
  expect(ours.result.neverBack).toBe(0);
  // At 12 s and at 42 s.
  expect(theirs.result.neverBack).toBe(clients - 2 * (clients / 20));
});

test('tokens that expire in one second are renewed over the random tenth, before the expiry, and once each', async () => {
  const { seen, result } = await expiryResult(herd, 'ours', 'unlimited', 1_000);
  expect(result).toMatchObject({ tokens: { total: clients }, cut: 0, neverBack: 0 });
  expect(seen.tokens[0]).toBeGreaterThanOrEqual(-60_000);
  // A tenth of a minute, and the second of the logins.
  expect(seen.tokens.at(-1)! - seen.tokens[0]!).toBeLessThanOrEqual(7_000);
  expect(result.tokens.inSecond).toBeLessThan(clients / 6 + chance(1 / 6));
});

test('tokens of an hour are renewed as those of five minutes: both a minute ahead', () => {
  expect([renewAhead(3_600_000), renewAhead(300_000)]).toEqual([60_000, 60_000]);
});

test('tokens that are asked for when the old one has expired are asked for all at once', async () => {
  const { result } = await expiryResult(herd, 'when closed', 'unlimited', 1_000);
  expect(result).toMatchObject({ tokens: { total: clients, inTenth: clients }, neverBack: 0 });
});

test('a token end point that refuses most requests cuts nobody off', async () => {
  const { result } = await expiryResult(herd, 'ours', 'refuses', 1_000);
  expect(result.tokens.total).toBeGreaterThan(clients);
  expect(result).toMatchObject({ cut: 0, neverBack: 0 });
});

test('real clients come back from a restart as the simulated ones do', async () => {
  const some = 60;
  const simulated = await restart({ clients: some, seed: 1, world: 'unlimited', capacity: Infinity }, 'ours', 5_000);
  const real = await restartOurs(some, 2, 5_000);
  expect(real.back).toHaveLength(some);
  const { connects, fates } = simulated;
  // No more than chance is between them; with half the delays each would try once more.
  expect(distance(connects, real.connects)).toBeLessThan(chanceOfDistance(connects, real.connects));
  const more = (real.connects.length - connects.length) / some;
  expect(Math.abs(more)).toBeLessThan(chanceOfMeans(fates.map(({ tries }) => tries)));
});

test('docs/herd.md shows what the code does today: `npm run proof -- --only=herd`', async () => {
  const page = readFileSync(new URL('../../docs/herd.md', import.meta.url), 'utf8');
  const [, of, seed] = /--clients=(\d+) --seed=(\d+)/.exec(page)!;
  const shown = { clients: Number(of), seed: Number(seed) };
  const rows = page.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  const { result: theirs } = await restartResult(shown, 'signalr', 'unlimited', 0);
  // Of ours those that ask for tokens, after a long silence as well as at an expiry.
  const { restarts, expiries } = await tenthOf(shown);
  for (const row of [theirs, ...restarts].map(restartRow).concat(expiries.map(expiryRow))) expect(rows).toContain(row);
});
