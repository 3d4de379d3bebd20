import { percentile } from './table.ts';

/** One go of a contestant: what it took, ms. */
type Go = () => Promise<number>;

/** What both took in each round, ms for two goes; and how they compare in it. */
export interface Duel {
  readonly raw: readonly number[];
  readonly ours: readonly number[];
  /** Of the time that raw took; one for each round. */
  readonly times: readonly number[];
}

/** Rounds whose figures do not count: code is being compiled. */
const warmUp = 5;

/**
 * Raw and ours in turn, A B B A and then B A A B: a machine that is slowed down by others, or speeds up by itself, does so to
 * both. They are compared round by round, within a few milliseconds of each other, since it is not the same from one second to
 * the next.
 */
export async function duel(rounds: number, [raw, ours]: readonly [raw: Go, ours: Go]): Promise<Duel> {
  const result = { raw: [] as number[], ours: [] as number[], times: [] as number[] };
  for (let round = -warmUp; round < rounds; round += 1) {
    const took = { raw: 0, ours: 0 };
    const order =
      round % 2 === 0 ? (['raw', 'ours', 'ours', 'raw'] as const) : (['ours', 'raw', 'raw', 'ours'] as const);
    for (const name of order) took[name] += await (name === 'raw' ? raw() : ours());
    if (round < 0) continue;
    result.raw.push(took.raw);
    result.ours.push(took.ours);
    result.times.push(took.ours / took.raw);
  }
  return result;
}

/** @param of what one go is: so many calls, so many messages; thousands a second */
export function duelRow({ raw, ours, times }: Duel, of: number): Record<string, string> {
  const speeds = (took: readonly number[]): number[] => took.map((ms) => (2 * of) / ms);
  return {
    'raw, k/s': quartiles(speeds(raw), 0),
    'ours, k/s': quartiles(speeds(ours), 0),
    'speed, × raw': quartiles(
      times.map((time) => 1 / time),
      2,
    ),
    'time, × raw': quartiles(times, 2),
  };
}

/** A cell: the median, and between what half of the rounds were. */
function quartiles(figures: readonly number[], digits: number): string {
  const [low, median, high] = [0.25, 0.5, 0.75].map((at) => percentile(figures, at).toFixed(digits));
  return `${median} (${low}–${high})`;
}
