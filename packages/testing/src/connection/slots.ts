/** At most `size` at a time; the others wait in line. */
export interface Slots {
  /** Starts the work at once, or when a slot is free: resolves then. */
  acquire(start: () => void): void | Promise<void>;
  release(): void;
  /** Those in line never start; their waits resolve. */
  abandon(): void;
}

export function createSlots(size: number): Slots {
  const line: { start(): void; resolve(): void }[] = [];
  let free = size;
  return {
    acquire(start) {
      if (free === 0) return new Promise((resolve) => line.push({ start, resolve }));
      free -= 1;
      start();
    },
    release() {
      const next = line.shift();
      if (!next) {
        free += 1;
        return;
      }
      next.start();
      next.resolve();
    },
    abandon() {
      for (const { resolve } of line.splice(0)) resolve();
    },
  };
}
