/** What happened, in order; and the next thing that happens. Tests read it instead of sleeping. */
export interface EventLog<T> {
  /** Everything so far, oldest first. */
  readonly entries: readonly T[];
  /** The first entry that matches, also one that is already there; `from` skips that many of the oldest. */
  waitFor(matches: (entry: T) => boolean, from?: number): Promise<T>;
}

export interface WritableEventLog<T> extends EventLog<T> {
  add(entry: T): void;
}

export function createEventLog<T>(): WritableEventLog<T> {
  const entries: T[] = [];
  const waiting = new Set<(entry: T) => void>();

  return {
    entries,
    add(entry) {
      entries.push(entry);
      for (const look of [...waiting]) look(entry);
    },
    waitFor(matches, from = 0) {
      const found = entries.slice(from).find(matches);
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => {
        const look = (entry: T): void => {
          if (!matches(entry)) return;
          waiting.delete(look);
          resolve(entry);
        };
        waiting.add(look);
      });
    },
  };
}
