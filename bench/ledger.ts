/** What became of numbered messages. It does not grow with them. */
export interface Ledger {
  note(number: number): void;
  /** Of those between the first and the last one heard. */
  lost(): number;
  repeated(): number;
  /** How many came after a later one. */
  late(): number;
  heard(): number;
  /** Ms; the longest time without a message since it was asked last. */
  takeLongestPause(): number;
}

export function createLedger(): Ledger {
  const missing = new Set<number>();
  let next: number | undefined;
  let repeated = 0;
  let late = 0;
  let heard = 0;
  let lastAt = 0;
  let longestPause = 0;

  function note(number: number): void {
    const now = performance.now();
    if (next !== undefined) longestPause = Math.max(longestPause, now - lastAt);
    lastAt = now;
    heard += 1;
    next ??= number;
    if (number >= next) {
      for (; next < number; next += 1) missing.add(next);
      next = number + 1;
    } else if (missing.delete(number)) late += 1;
    else repeated += 1;
  }

  return {
    note,
    lost: () => missing.size,
    repeated: () => repeated,
    late: () => late,
    heard: () => heard,
    takeLongestPause() {
      const taken = Math.max(longestPause, performance.now() - lastAt);
      longestPause = 0;
      lastAt = performance.now();
      return taken;
    },
  };
}
