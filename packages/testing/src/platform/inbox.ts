/** Chunks in the order they came in, for one reader. */
export interface Inbox<T> {
  push(chunk: T): void;
  /** What has not been read is gone: nobody listens any more. */
  end(): void;
  /** Null once ended. */
  next(): Promise<T | null>;
}

export function createInbox<T>(): Inbox<T> {
  const chunks: T[] = [];
  let waiting: ((chunk: T | null) => void) | null = null;
  let ended = false;
  const hand = (chunk: T | null): boolean => {
    const reader = waiting;
    waiting = null;
    reader?.(chunk);
    return reader !== null;
  };
  return {
    push(chunk) {
      if (!ended && !hand(chunk)) chunks.push(chunk);
    },
    end() {
      ended = true;
      chunks.length = 0;
      hand(null);
    },
    next() {
      if (ended) return Promise.resolve(null);
      if (chunks.length > 0) return Promise.resolve(chunks.shift()!);
      return new Promise((resolve) => (waiting = resolve));
    },
  };
}
