/** Functions in the order they were added; the same function may be added twice. */
export interface Listeners<F> extends Iterable<F> {
  /** Returns an idempotent off, which says whether it was still there. */
  add(run: F): () => boolean;
  clear(): void;
}

export function createListeners<F>(): Listeners<F> {
  const entries = new Set<[F]>();
  // A copy: a listener may remove itself, or add others, while it runs. Made once, not for each message.
  let runs: F[] | null = null;
  return {
    add(run) {
      const entry: [F] = [run];
      entries.add(entry);
      runs = null;
      return () => {
        runs = null;
        return entries.delete(entry);
      };
    },
    clear() {
      entries.clear();
      runs = null;
    },
    [Symbol.iterator]: () => (runs ??= [...entries].flat() as F[])[Symbol.iterator](),
  };
}
