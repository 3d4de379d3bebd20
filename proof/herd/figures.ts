/** How requests come: all of them, and how many in the worst second and tenth of a second, wherever these begin. */
export interface Arrivals {
  total: number;
  inSecond: number;
  inTenth: number;
  /** The worst second beside the average of the worst minute: 1 is even, 60 is all at once. */
  overMean: number;
}

/** @param times sorted, ms */
export function arrivalsOf(times: readonly number[]): Arrivals {
  const inSecond = most(times, 1000);
  const mean = most(times, 60_000) / 60;
  return { total: times.length, inSecond, inTenth: most(times, 100), overMean: mean > 0 ? inSecond / mean : 0 };
}

/** The most that come within `ms`. */
function most(times: readonly number[], ms: number): number {
  let from = 0;
  let best = 0;
  times.forEach((time, index) => {
    while (times[from]! <= time - ms) from += 1;
    best = Math.max(best, index - from + 1);
  });
  return best;
}

/** The time by which this part of `count` has come; null: it never has. */
export function reachedAt(times: readonly number[], part: number, count: number): number | null {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * count) - 1)] ?? null;
}

/** How many in each span of `width` ms from `from` on. */
export function histogram(times: readonly number[], from: number, to: number, width: number): number[] {
  const bins = Array.from({ length: Math.ceil((to - from) / width) }, () => 0);
  for (const time of times) {
    const bin = Math.floor((time - from) / width);
    if (bins[bin] !== undefined) bins[bin] += 1;
  }
  return bins;
}

/**
 * The largest distance between two distributions (Kolmogorov and Smirnov): 0 is the same, 1 has nothing in common.
 */
export function distance(a: readonly number[], b: readonly number[]): number {
  const below = (times: readonly number[], time: number): number =>
    times.filter((each) => each <= time).length / times.length;
  return Math.max(...[...a, ...b].map((time) => Math.abs(below(a, time) - below(b, time))));
}

/** How far a mean of such figures may be from that of as many others by chance: once in 15,000 times it is further. */
export function chanceOfMeans(figures: readonly number[]): number {
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
  const variance = figures.reduce((sum, figure) => sum + (figure - mean) ** 2, 0) / figures.length;
  return 4 * Math.sqrt((2 * variance) / figures.length);
}

/** How far apart two such samples may be by chance: once in a thousand times they are further. */
export function chanceOfDistance(a: readonly number[], b: readonly number[]): number {
  return 1.95 * Math.sqrt((a.length + b.length) / (a.length * b.length));
}
