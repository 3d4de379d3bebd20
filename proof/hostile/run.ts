/// <reference types="node" />
import fc from 'fast-check';
import { growth, heapNow, keepHeapSteady, letHeapGrow } from '../../bench/heap.ts';
import { createFrameKind } from './frames.ts';
import { createHandshakeKind, createNegotiateKind } from './negotiate.ts';
import { createRefreshKind } from './refresh.ts';
import { createStorageKind, createUserStoreKind } from './storage.ts';
import { createTokenFromKind } from './token-from.ts';
import { createGrantKind, createOidcKind } from './tokens.ts';
import type { Kind } from './kind.ts';
import { forgetUnanswered } from './odd.ts';
import { forgetAll } from './witness.ts';
import { createWorld, textOf } from './world.ts';

export interface Tally {
  /** Cases of each kind, by what came of them. */
  readonly outcomes: Map<string, Map<string, number>>;
  /** What should not have come of a case: kind, seed, and the smallest one that shows it. */
  readonly failures: string[];
  /** What was left of clients that many cases had in common. */
  readonly left: string[];
  /** Bytes by which the heap has grown from the first look to the last. */
  readonly growth: number;
  /** Cases between those. */
  readonly watched: number;
}

/** At the heap, after the first of the cases. */
const looks = 8;
/** Of the cases: enough to see growth, and without machine code each takes three times as long. */
const watched = 1 / 5;

/** How many cases come before each look: what is cached in the first tenth of them (10,000 where that is less) is no growth. */
function partsOf(cases: number): number[] {
  const first = Math.max(0.1 * cases, Math.min(0.5 * cases, 10_000));
  return [first, ...Array.from({ length: looks }, () => (cases - first) / looks)];
}

export async function run(cases: number, seed: number, only: string): Promise<Tally> {
  const world = createWorld(seed);
  const kinds = [
    createFrameKind(world, 'JSON', 'WebSockets', 52),
    createFrameKind(world, 'MessagePack', 'WebSockets', 16),
    createFrameKind(world, 'JSON', 'LongPolling', 5),
    createFrameKind(world, 'MessagePack', 'LongPolling', 2),
    createFrameKind(world, 'JSON', 'ServerSentEvents', 3),
    createHandshakeKind(world),
    createNegotiateKind(world),
    createTokenFromKind(world),
    createGrantKind(world, 'identityApi'),
    createGrantKind(world, 'passwordGrant'),
    createOidcKind(world),
    createRefreshKind(world),
    createStorageKind(world),
    createUserStoreKind(world),
  ] as Kind[];
  const asked = kinds.filter(({ name }) => name.startsWith(only));
  const all = asked.reduce((sum, { share }) => sum + share, 0);
  const outcomes = new Map(asked.map(({ name }) => [name, new Map<string, number>()]));
  const failures: string[] = [];
  const left: string[] = [];
  const heaps: number[] = [];
  const observed = partsOf(cases * watched);
  keepHeapSteady();
  for (const [round, part] of [...observed, cases * (1 - watched)].entries()) {
    for (const [index, kind] of asked.entries()) {
      const times = Math.max(1, Math.round((part * kind.share) / all));
      failures.push(...(await tryAll(kind, times, seed + index + 100 * round)));
    }
    // A source waits for half a minute.
    await world.until(() => false, 60_000);
    for (const [what, count] of Object.entries(world.held())) if (count > 0) left.push(`${count} ${what}`);
    if (round < observed.length) heaps.push(heapNow());
    if (round === observed.length - 1) letHeapGrow();
  }
  Error.stackTraceLimit = 10;
  world.leave();
  return {
    outcomes,
    failures,
    left,
    growth: growth(heaps),
    watched: Math.round(observed.slice(1).reduce((sum, part) => sum + part, 0)),
  };

  async function tryAll(kind: Kind, numRuns: number, from: number): Promise<string[]> {
    const counted = outcomes.get(kind.name)!;
    // Errors are what most of it comes to: where they were made is asked of the failures alone, once there is one.
    Error.stackTraceLimit = 0;
    process.setSourceMapsEnabled(false);
    const property = fc.asyncProperty(kind.input, async (input) => {
      try {
        const came = await kind.attempt(input);
        const accidents = world.accidents();
        if (accidents.length > 0) throw new Error(accidents.join('\n'));
        for (const outcome of ['cases', ...came]) counted.set(outcome, (counted.get(outcome) ?? 0) + 1);
      } catch (thrown) {
        Error.stackTraceLimit = 10;
        process.setSourceMapsEnabled(true);
        await kind.leave?.().catch(() => {});
        forgetAll();
        // What they say late is no accident of the next case.
        await world.turn();
        world.reset();
        throw thrown;
      } finally {
        forgetUnanswered();
      }
    });
    const checked = await fc.check(property, { numRuns, seed: from });
    try {
      await kind.leave?.();
    } catch (thrown) {
      left.push(`${kind.name}: ${textOf(thrown)}`);
    }
    if (!checked.failed) return [];
    return [`${kind.name}, seed ${from}: ${textOf(checked.errorInstance)}\n${fc.defaultReportMessage(checked)}`];
  }
}
