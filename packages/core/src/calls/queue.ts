import { type Deferred, deferred } from '../platform/deferred.js';

/** Items that wait until they are read. Each is handed out once, whoever reads, in the order in which it was asked for. */
export interface Queue<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** What waits can still be read; then readers are done, or get the error. */
  end(error?: Error): void;
}

/** @param leave a reader has left the loop */
export function createQueue<T>(leave: () => void): Queue<T> {
  type Read = IteratorResult<T, undefined>;
  const readers: Deferred<Read | Promise<Read>>[] = [];
  let ended: { error: Error | undefined } | undefined;
  const items: T[] = [];

  async function read(): Promise<Read> {
    if (items.length) return { done: false, value: items.shift() as T };
    if (ended?.error) throw ended.error;
    if (ended) return { done: true, value: undefined };
    const reader: (typeof readers)[number] = deferred();
    readers.push(reader);
    return reader.promise;
  }

  return {
    push(item) {
      if (ended) return;
      items.push(item);
      readers.shift()?.resolve(read());
    },
    end(error) {
      ended ??= { error };
      for (const { resolve } of readers.splice(0)) resolve(read());
    },
    [Symbol.asyncIterator]: () => ({
      next: read,
      async return() {
        items.length = 0;
        leave();
        return { done: true, value: undefined };
      },
    }),
  };
}
