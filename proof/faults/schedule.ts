/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../../e2e/seeded.ts';
import type { Conditions } from './line.ts';
import type { Proxy } from './proxy.ts';

export const faultKinds = ['cut', 'reset', 'stall', 'delay', 'throttle', 'refuse'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Something that happens to a network. Times are ms, `at` from the beginning. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  /** 0 for what is over at once. */
  readonly lasts: number;
  readonly conditions: Conditions;
  /** How the connections that went through it end, with all that was still on its way; `none`: they live on. */
  readonly end: 'cut' | 'reset' | 'none';
}

/** How often each kind has come to pass. */
export type Tally = Record<FaultKind, number>;

/** SignalR gives a connection up after 30 s of silence: one stall in four is longer than that, and the others are not. */
const silence = 30_000;

/** What will happen to a network within `duration` ms, one thing after the other: the same each time for the same seed. */
export function schedule(seed: number, duration: number, kinds: readonly FaultKind[] = faultKinds): Fault[] {
  const random = seeded(seed);
  const between = (least: number, most: number): number => Math.round(least + random() * (most - least));
  const faults: Fault[] = [];
  let bag: FaultKind[] = [];
  let stalls = 0;

  const ends = (['cut', 'reset'] as const).filter((kind) => kinds.includes(kind));

  /** Each kind once in each turn: a short run sees all of them, too. */
  function draw(): FaultKind {
    if (bag.length === 0) bag = [...kinds];
    return bag.splice(between(0, bag.length - 1), 1)[0]!;
  }

  function conditionsOf(kind: Exclude<FaultKind, 'cut' | 'reset'>): Conditions {
    switch (kind) {
      case 'stall':
        return { stalled: (['up', 'down', 'both'] as const)[between(0, 2)]! };
      case 'delay':
        return { delay: between(50, 800), jitter: between(0, 800) };
      case 'throttle':
        return { bytesPerSecond: between(200, 4_000) };
      case 'refuse':
        return { refuses: true };
      default:
        return kind satisfies never;
    }
  }

  function fault(kind: FaultKind, at: number): Fault {
    if (kind === 'cut' || kind === 'reset') return { kind, at, lasts: 0, conditions: {}, end: kind };
    if (kind === 'stall') stalls += 1;
    const isLong = kind === 'stall' && stalls % 4 === 2;
    return {
      kind,
      at,
      lasts: isLong ? between(silence + 2_000, silence + 8_000) : between(500, 6_000),
      conditions: conditionsOf(kind),
      end: kind !== 'refuse' && random() < 0.5 ? (ends[between(0, 1)] ?? 'none') : 'none',
    };
  }

  for (let at = between(200, 1_500); at < duration;) {
    const next = fault(draw(), at);
    // A server that has gone away refuses whoever it has just thrown out.
    if (next.kind === 'refuse' && kinds.includes('reset') && random() < 0.7) faults.push(fault('reset', at));
    faults.push({ ...next, lasts: Math.min(next.lasts, duration - at) });
    // Now and then the next one meets whoever is not back yet.
    at += next.lasts + (random() < 0.3 ? between(50, 500) : between(1_000, 6_000));
  }
  return faults;
}

/** Lets it happen; afterwards the network is healthy, also where it was called off. */
export async function inflict(proxy: Proxy, faults: readonly Fault[], signal: AbortSignal): Promise<Tally> {
  const tally: Tally = { cut: 0, reset: 0, stall: 0, delay: 0, throttle: 0, refuse: 0 };
  const started = performance.now();
  const until = (at: number): Promise<void> => sleep(started + at - performance.now(), undefined, { signal });
  try {
    for (const { kind, at, lasts, conditions, end } of faults) {
      await until(at);
      await proxy.become(conditions);
      if (kind !== end) tally[kind] += 1;
      await until(at + lasts);
      if (end !== 'none') {
        proxy[end]();
        tally[end] += 1;
      }
      await proxy.become({});
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await proxy.become({});
  }
  return tally;
}
