import fc from 'fast-check';
import { anyDeed, type Deed } from './commands.ts';
import { checkComplaints, checkMoment, type Watchdog } from './invariants.ts';
import type { Expected, World } from './world.ts';

/** What comes between a deed and the next one: nothing, some turns of promises, whatever needs no time, or ms. */
type Pause = { readonly turns: number } | { readonly ms: number };

const pause: fc.Arbitrary<Pause> = fc.oneof(
  { weight: 2, arbitrary: fc.nat(12).map((turns) => ({ turns })) },
  { weight: 3, arbitrary: fc.constant({ ms: 0 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 10, 100, 400, 1_000, 3_000, 10_000, 35_000, 70_000).map((ms) => ({ ms })),
  },
);

export interface Stage {
  readonly world: World;
  readonly watchdog: Watchdog;
  /** Longest pause; ms. */
  readonly longest: number;
  /** Counts what was done. */
  did(deed: Deed): void;
}

/** Steps for one life of two clients. */
export function schedules(length: number, virtual: boolean): fc.Arbitrary<Iterable<fc.AsyncCommand<Expected, Stage>>> {
  const step = fc.tuple(anyDeed, pause).map(([deed, then]): fc.AsyncCommand<Expected, Stage> => ({
    check: (expected) => deed.possible?.(expected, { virtual }) ?? true,
    run: (expected, stage) => take(deed, then, expected, stage),
    toString: () => `${deed.text}${'turns' in then ? ` +${then.turns} turns` : then.ms ? ` +${then.ms} ms` : ''}`,
  }));
  return fc.commands([step], { maxCommands: length, size: 'max' });
}

async function take(
  deed: Deed,
  then: Pause,
  expected: Expected,
  { world, watchdog, longest, did }: Stage,
): Promise<void> {
  did(deed);
  deed.run(world, expected);
  if ('turns' in then) {
    for (let turn = 0; turn < then.turns; turn += 1) await Promise.resolve();
  } else {
    if (then.ms > 0) await world.pass(Math.min(then.ms, longest));
    await world.drained();
    watchdog.check(expected);
  }
  checkMoment(world);
  checkComplaints(world);
}
