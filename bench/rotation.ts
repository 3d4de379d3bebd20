/// <reference types="node" />
/**
 * A new token on a live connection, many times, under 2,500 messages a second with short calls and streams in flight: what it
 * takes, and what is lost. Raw SignalR has one way only: the server closes the connection at the expiry, as `Expire` does
 * here without the wait, and the client connects again.
 *
 * `--rotations=1000` (of each; 100 by default), `--rate=2500` (messages a second)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenFrom, type RotationMethod } from '@org/hub-core';
import { ourClient, rawClient } from './contestants.ts';
import { startLoad, type Load } from './load.ts';
import { createLedger } from './ledger.ts';
import { atMost, exactly, judge, type Verdict } from './limits.ts';
import { startServer } from './server.ts';
import { numberOption, percentile, printTable } from './table.ts';

const rotations = numberOption('rotations', 100);
const rate = numberOption('rate', 2_500);
/** Ms between two rotations. */
const pause = 30;
/** What they take does not count, as code is loaded and compiled; what they lose does. */
const warmUp = 10;
const groups = ['numbers'];
/** Ms that a rotation may take at its median, on loopback. */
const allowed: Partial<Record<RotationMethod, number>> = { refresh: 5, overlap: 100 };

const verdicts: Verdict[] = [];

const server = await startServer({ rate, toGroup: true });
const rows: Record<string, Record<string, string | number>> = {
  'raw, reconnect': await raw(),
  'ours, none': await ours('off', server.plain),
  "ours, 'refresh'": await ours('refresh', server.renewable),
  "ours, 'overlap'": await ours('overlap', server.plain),
};
printTable(`${rotations} rotations at ${rate} messages/s (ms; p50, p95, most)`, rows);
await server.stop();
judge(verdicts);

async function raw(): Promise<Record<string, string | number>> {
  const client = rawClient(server.plain, () => server.issue(3600), groups);
  await client.start();
  const load = startLoad(client);
  const timings = await repeat(load, async () => {
    const started = performance.now();
    const back = client.reconnected();
    // It is not answered: the connection ends.
    client.invoke('Expire').catch(() => {});
    await back;
    return performance.now() - started;
  });
  await load.end();
  await client.stop();
  return figures(load, timings);
}

async function ours(rotation: RotationMethod, url: string): Promise<Record<string, string | number>> {
  const auth = tokenFrom(() => server.issue(3600));
  const client = ourClient({ url, auth, rotation }, groups);
  let gaps = 0;
  let took = Number.NaN;
  client.hub.events.on('rotated', ({ durationMs, method }) => (took = method === rotation ? durationMs : Number.NaN));
  client.hub.events.on('restored', () => void (gaps += 1));
  await client.start();
  const long = createLedger();
  // The one stream that is open all the time: it can stay where the connection does.
  let streamEnded = false;
  const watched =
    rotation === 'refresh' ? client.stream(long.note, 'Count', 1e9, 10).catch(() => (streamEnded = true)) : null;
  const load = startLoad(client);
  const timings = await repeat(load, async () => {
    if (rotation === 'off') return sleep(pause, Number.NaN);
    took = Number.NaN;
    await client.hub.refreshAuthentication();
    // The event is told a tick later.
    await sleep(0);
    return took;
  });
  await load.end();
  const wrong = long.lost() + long.repeated() + long.late() + (streamEnded ? 1 : 0);
  const row = {
    ...figures(load, timings),
    gaps,
    'long stream': watched ? `${long.heard()} items, ${wrong} wrong` : '–',
  };
  await client.stop();
  await watched;
  const { numbers, failed } = load;
  const wrongs = [numbers.lost(), numbers.repeated(), numbers.late(), failed.calls, failed.streams, gaps, wrong];
  const what = `'${rotation}', ${rotations} times`;
  verdicts.push(
    exactly(
      `${what}: lost, repeated, late or failed`,
      wrongs.reduce((sum, count) => sum + count),
      0,
    ),
  );
  const limit = allowed[rotation];
  if (limit) verdicts.push(atMost(`${what}: median`, percentile(timings.durations, 0.5), limit, ' ms'));
  return row;
}

async function repeat({ numbers, held }: Load, rotate: () => Promise<number>): Promise<Timings> {
  const durations: number[] = [];
  const pauses: number[] = [];
  await sleep(500);
  for (let done = -warmUp; done < rotations; done += 1) {
    if (done <= 0) held.length = 0;
    numbers.takeLongestPause();
    const took = await rotate();
    await sleep(pause);
    const longest = numbers.takeLongestPause();
    if (done < 0) continue;
    durations.push(took);
    pauses.push(longest);
  }
  return { durations, pauses };
}

interface Timings {
  durations: number[];
  /** The longest between two messages, for each rotation. */
  pauses: number[];
}

function figures(
  { numbers, failed, done, held, errors }: Load,
  { durations, pauses }: Timings,
): Record<string, string | number> {
  if (errors.size) console.log('Failed:', Object.fromEntries(errors));
  return {
    took: three(durations),
    heard: numbers.heard(),
    lost: numbers.lost(),
    repeated: numbers.repeated(),
    late: numbers.late(),
    'longest pause': three(pauses),
    calls: done.calls,
    'calls failed': failed.calls,
    streams: done.streams,
    'streams failed': failed.streams,
    'calls held back': three(held),
  };
}

function three(all: number[]): string {
  if (Number.isNaN(all[0] ?? Number.NaN)) return '–';
  return [0.5, 0.95, 1].map((at) => percentile(all, at).toFixed(1)).join(', ');
}
