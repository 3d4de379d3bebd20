/** Functions in the order they were added; the same function may be added twice. */
export interface Listeners<F> extends Iterable<F> {
  /** Returns an idempotent off. */
  add(run: F): () => void;
  clear(): void;
}

export function createListeners<F>(): Listeners<F> {
  const entries = new Set<{ run: F }>();
  // A copy: a listener may remove itself, or add others, while it runs. Made once, not for each message.
  let runs: F[] | null = null;
  return {
    add(run) {
      const entry = { run };
      entries.add(entry);
      runs = null;
      return () => {
        entries.delete(entry);
        runs = null;
      };
    },
    clear() {
      entries.clear();
      runs = null;
    },
    [Symbol.iterator]: () => (runs ??= [...entries].map(({ run }) => run))[Symbol.iterator](),
  };
}
