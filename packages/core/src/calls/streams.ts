import { callError } from '../link/call-error.js';
import { deferred } from '../platform/deferred.js';
import type { HubStream } from '../vocabulary/contract.js';
import { HubError } from '../vocabulary/errors.js';
import type { CallOptions } from '../vocabulary/options.js';
import type { Outbox } from './outbox.js';

/**
 * A hub stream as an AsyncIterable. It opens at once (not at the first read), items wait until they are read, and leaving
 * the loop cancels it on the server. Items are handed out once, whoever reads.
 */
export function openStream<T>(
  outbox: Outbox,
  method: string,
  args: unknown[],
  { signal, ...options }: CallOptions,
): HubStream<T> {
  const items: T[] = [];
  let news = deferred();
  let over = false;
  let failure: HubError | null = null;
  let cancelOnServer = (): void => {};

  function end(error: HubError | null = null): void {
    if (over) return;
    over = true;
    failure = error;
    signal?.removeEventListener('abort', abort);
    news.resolve();
  }

  function cancel(error?: HubError): void {
    if (over) return;
    end(error);
    withdraw();
    cancelOnServer();
  }

  const abort = (): void =>
    cancel(new HubError('aborted', `The stream '${method}' was cancelled.`, { method, cause: signal?.reason }));
  signal?.addEventListener('abort', abort);
  const withdraw = outbox.whenAttached(
    method,
    options,
    (link) => {
      try {
        cancelOnServer = link.stream(method, args, {
          next(item) {
            if (!over) items.push(item as T);
            news.resolve();
          },
          complete: end,
          error: end,
        });
      } catch (cause) {
        end(callError(cause, method));
      }
    },
    end,
  );
  if (signal?.aborted) abort();

  async function* read(): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        news = deferred();
        while (items.length) yield items.shift() as T;
        if (over && failure) throw failure;
        if (over) return;
        await news.promise;
      }
    } finally {
      cancel();
    }
  }

  return { cancel: () => cancel(), [Symbol.asyncIterator]: read };
}
