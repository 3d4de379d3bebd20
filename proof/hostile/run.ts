/// <reference types="node" />
import fc from 'fast-check';
import { heapNow } from '../../bench/heap.ts';
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
  /** Bytes by which the heap has grown since the first part of the cases. */
  readonly growth: number;
}

/** A tenth of all (10,000 where that is less), then the others: what is compiled and cached in the first part is no growth. */
export async function run(cases: number, seed: number, only: string): Promise<Tally> {
  const world = createWorld(seed);
  const kinds = [
    createFrameKind(world, 'JSON'),
    createFrameKind(world, 'MessagePack'),
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
  const first = Math.max(0.1, Math.min(0.5, 10_000 / cases));
  for (const [round, part] of [first, 1 - first].entries()) {
    for (const [index, kind] of asked.entries()) {
      const times = Math.max(1, Math.round((cases * part * kind.share) / all));
      failures.push(...(await tryAll(kind, times, seed + index + 100 * round)));
    }
    // A source waits for half a minute.
    await world.until(() => false, 60_000);
    for (const [what, count] of Object.entries(world.held())) if (count > 0) left.push(`${count} ${what}`);
    heaps.push(heapNow());
  }
  Error.stackTraceLimit = 10;
  world.leave();
  return { outcomes, failures, left, growth: heaps[1]! - heaps[0]! };

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
