/** Functions in the order they were added; the same function may be added twice. */
export interface Listeners<F> extends Iterable<F> {
  /** Returns an idempotent off. */
  add(run: F): () => void;
  clear(): void;
}

export function createListeners<F>(): Listeners<F> {
  const entries = new Set<{ run: F }>();
  return {
    add(run) {
      const entry = { run };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    clear: () => entries.clear(),
    // A copy: a listener may remove itself, or add others, while it runs.
    [Symbol.iterator]: () => [...entries].map(({ run }) => run)[Symbol.iterator](),
  };
}
