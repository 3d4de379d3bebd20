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
export type Left = Counts & {
  connections: number;
  /** Of groups; ASP.NET Core keeps that to itself. */
  memberships?: number;
};

export const nothing: Left = { listeners: 0, timers: 0, sockets: 0, channels: 0, connections: 0, memberships: 0 };

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

/** At the heap, on the way. */
export const looks = 20;
/** Bytes: less than a lost promise or listener for each time would take. */
export const tolerance = 1024 * 1024;

/** Goes through the routine so many times; looks at what there is on the way, and when it has ended. */
export async function measure(routine: Routine, server: Server, times: number, often = looks): Promise<Outcome> {
  const started = performance.now();
  const watched = watch();
  const lives: Life[] = [];

  async function look(): Promise<Left> {
    const counts = watched.counts();
    return {
      ...counts,
      listeners: lives.reduce((sum, { listeners }) => sum + (listeners?.() ?? 0), counts.listeners),
      connections: await server.connections(),
      ...(server.memberships && { memberships: await server.memberships() }),
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
  const portion = Math.ceil(times / often / lanes) * lanes;
  // Code that is loaded, and pools that fill, are no leak.
  await goOn(lives, 0, portion);
  const first = await atRest(look);
  const heaps: number[] = [];
  let last = first;
  for (let done = 0; done < times; done += portion) {
    await goOn(lives, done + portion, Math.min(portion, times - done));
    last = await settled(look, first);
    heaps.push(heapNow());
  }
  await Promise.all(lives.map(({ end }) => end()));
  const left = await settled(look, nothing);
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

/** When nothing changes any more. */
export async function atRest<L extends object>(look: () => Promise<L>): Promise<L> {
  let before = await look();
  for (let tries = 0; ; tries += 1) {
    await sleep(100);
    const now = await look();
    if (tries === patience || isZero(difference(now, before))) return now;
    before = now;
  }
}

/** When it is as it was before: a server learns of a lost connection a little later. */
export async function settled<L extends object>(look: () => Promise<L>, before: L): Promise<L> {
  for (let tries = 0; ; tries += 1) {
    const now = await look();
    if (tries === patience || isZero(difference(now, before))) return now;
    await sleep(100);
  }
}

const patience = 30;

export function difference<L extends object>(now: L, before: L): L {
  const counts = Object.entries(now) as [keyof L, number][];
  return Object.fromEntries(counts.map(([key, count]) => [key, count - (before[key] as number)])) as L;
}

export function isZero(counts: object): boolean {
  return Object.values(counts).every((count) => count === 0);
}

export async function claimOf(routine: Routine, on: string, server: Server, times: number): Promise<Claim> {
  const { heap, more, left, seconds, timers } = await measure(routine, server, times);
  console.log(`${routine.name} on ${on}: ${seconds.toFixed(0)} s`);
  for (const timer of timers) console.log(timer);
  return {
    claim: `${times.toLocaleString('en')} × ${routine.name}`,
    server: on,
    figure: figureOf(heap, more, left),
    seed: null,
    holds: heap <= tolerance && isZero(more) && isZero(left),
  };
}

/** @param heap bytes */
export function figureOf(heap: number, more: object, left: object): string {
  return `heap ${signed(heap / 1024)} kB; meanwhile ${told(more, signed)}; afterwards ${told(left, String)}`;
}

function told(counts: object, number: (count: number) => string): string {
  const all = Object.entries(counts) as [what: string, count: number][];
  if (isZero(counts)) return `${number(0)} ${all.map(([what]) => what).join(', ')}`;
  return all.map(([what, count]) => `${number(count)} ${what}`).join(', ');
}

function signed(count: number): string {
  return `${count < 0 ? '−' : '+'}${Math.abs(Math.round(count))}`;
}
