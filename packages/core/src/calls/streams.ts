import { HubError } from '../vocabulary/errors.js';
import type { HubStream } from '../vocabulary/contract.js';
import type { CallOptions } from '../vocabulary/options.js';
import type { Outbox } from './outbox.js';

type Ending = { error: HubError | null };

/**
 * A hub stream as an AsyncIterable. It opens at once (not at the first read), items wait until they are read, and leaving
 * the loop cancels it on the server. One reader: items are handed out once.
 */
export function openStream<T>(outbox: Outbox, method: string, args: unknown[], options: CallOptions): HubStream<T> {
  const items: T[] = [];
  const readers: { resolve(result: IteratorResult<T>): void; reject(error: HubError): void }[] = [];
  let ending: Ending | null = null;
  let cancelOnServer = (): void => {};

  function end(error: HubError | null): void {
    if (ending) return;
    ending = { error };
    options.signal?.removeEventListener('abort', abort);
    for (const reader of readers.splice(0)) {
      if (error) reader.reject(error);
      else reader.resolve({ done: true, value: undefined });
    }
  }

  function cancel(): void {
    if (ending) return;
    end(null);
    cancelOnServer();
    withdraw();
  }

  function abort(): void {
    if (ending) return;
    end(new HubError('aborted', `The stream '${method}' was cancelled.`, { method, cause: options.signal?.reason }));
    cancelOnServer();
    withdraw();
  }

  const withdraw = outbox.whenAttached(
    method,
    options,
    (link) => {
      cancelOnServer = link.stream(method, args, {
        next(item) {
          const reader = readers.shift();
          if (reader) reader.resolve({ done: false, value: item as T });
          else items.push(item as T);
        },
        complete: () => end(null),
        error: end,
      });
    },
    end,
  );
  if (options.signal?.aborted) abort();
  else options.signal?.addEventListener('abort', abort);

  function next(): Promise<IteratorResult<T>> {
    if (items.length > 0) return Promise.resolve({ done: false, value: items.shift() as T });
    if (!ending) return new Promise((resolve, reject) => readers.push({ resolve, reject }));
    const { error } = ending;
    // An error is told once; after it the stream is over, as with any iterator.
    ending = { error: null };
    return error ? Promise.reject(error) : Promise.resolve({ done: true, value: undefined });
  }

  return {
    cancel,
    [Symbol.asyncIterator]: () => ({
      next,
      return() {
        cancel();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
