/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import { createHubClient, type HubClient, type HubOptions } from '@org/hub-core';
import { growth, heapNow } from '../../bench/heap.ts';
import type { NodeHub } from '../../bench/node-hub.ts';
import type { BenchServer } from '../../bench/server.ts';
import type { Claim } from '../claim.ts';
import { type Counts, watch } from './watch.ts';

/** Both servers. The test hub can do more. */
export type Server = BenchServer & Partial<Pick<NodeHub, 'memberships' | 'restart' | 'freeze' | 'thaw'>>;

/** Something that an app does again and again; several of them do it at once. */
export interface Routine {
  /** As the claim begins: `10,000 reconnects: drops, closes`. */
  readonly name: string;
  /** How many of them. @default 5 */
  readonly lanes?: number;
  begin(world: World): Promise<Life>;
}

export interface World {
  readonly server: Server;
  /** A client whose sockets are counted. */
  createClient(options: Partial<HubOptions>): HubClient;
}

/** A routine while it runs. */
export interface Life {
  once(index: number): Promise<unknown>;
  /** Listeners on what is the app's own: its signals, its token source. */
  listeners?(): number;
  /** Everything is given back. */
  end(): Promise<unknown>;
}

/** What is there, here and on the server. */
export type Left = Counts & { connections: number; memberships: number };

interface Outcome {
  /** Bytes; NaN where there were too few looks. */
  heap: number;
  /** Less what was there at the first look: while it lives. */
  more: Left;
  /** At the end. */
  left: Left;
  seconds: number;
  timers: string[];
}

export const looks = 20;
/** Bytes: less than a lost promise or listener for each time would take. */
export const tolerance = 1024 * 1024;

/** Goes through the routine so many times; looks at what there is on the way, and when it has ended. */
export async function measure(routine: Routine, server: Server, times: number): Promise<Outcome> {
  const started = performance.now();
  const watched = watch();
  const lives: Life[] = [];

  async function look(): Promise<Left> {
    const counts = watched.counts();
    return {
      ...counts,
      listeners: lives.reduce((sum, { listeners }) => sum + (listeners?.() ?? 0), counts.listeners),
      connections: await server.connections(),
      memberships: (await server.memberships?.()) ?? 0,
    };
  }

  const world: World = {
    server,
    createClient: (options) =>
      createHubClient({
        url: server.plain,
        logger: 'none',
        ...options,
        signalr: { WebSocket: watched.WebSocket, ...options.signalr },
      }),
  };
  const { lanes = 5 } = routine;
  for (let lane = 0; lane < lanes; lane += 1) lives.push(await routine.begin(world));
  const portion = Math.ceil(times / looks / lanes) * lanes;
  // Code that is loaded, and pools that fill, are no leak.
  await goOn(lives, 0, portion);
  const first = await look();
  const heaps: number[] = [];
  let last = first;
  for (let done = 0; done < times; done += portion) {
    await goOn(lives, done + portion, Math.min(portion, times - done));
    last = await settled(look, (now) => difference(now, first));
    heaps.push(heapNow());
  }
  await Promise.all(lives.map(({ end }) => end()));
  const left = await settled(look, (now) => now);
  const timers = watched.timers();
  watched.restore();
  return {
    heap: growth(heaps),
    more: difference(last, first),
    left,
    seconds: (performance.now() - started) / 1000,
    timers,
  };
}

async function goOn(lives: readonly Life[], from: number, count: number): Promise<void> {
  const indices = Array.from({ length: count }, (_, index) => from + index).values();
  await Promise.all(
    lives.map(async ({ once }) => {
      for (const index of indices) await once(index);
    }),
  );
}

/** A server learns of a lost connection a little later. */
async function settled(look: () => Promise<Left>, what: (now: Left) => Left): Promise<Left> {
  for (let tries = 0; ; tries += 1) {
    const now = await look();
    if (tries === 40 || Object.values(what(now)).every((count) => count === 0)) return now;
    await sleep(50);
  }
}

function difference(now: Left, before: Left): Left {
  const keys = Object.keys(now) as (keyof Left)[];
  return Object.fromEntries(keys.map((key) => [key, now[key] - before[key]])) as unknown as Left;
}

export async function claimOf(routine: Routine, on: string, server: Server, times: number): Promise<Claim> {
  const { heap, more, left, seconds, timers } = await measure(routine, server, times);
  console.log(`${routine.name} on ${on}: ${seconds.toFixed(0)} s`);
  for (const timer of timers) console.log(timer);
  return {
    claim: `${times.toLocaleString('en')} × ${routine.name}`,
    server: on,
    figure: `heap ${signed(heap / 1024)} kB; meanwhile ${told(more, signed)}; afterwards ${told(left, String)}`,
    seed: null,
    holds: heap <= tolerance && [more, left].every((counts) => Object.values(counts).every((count) => count === 0)),
  };
}

export function told(counts: object, number: (count: number) => string): string {
  return Object.entries(counts)
    .map(([what, count]) => `${what} ${number(count as number)}`)
    .join(', ');
}

export function signed(count: number): string {
  return `${count < 0 ? '−' : '+'}${Math.abs(Math.round(count))}`;
}
