import type { HubStream } from '../vocabulary/contract.js';
import type { HubError } from '../vocabulary/errors.js';
import type { CallOptions } from '../vocabulary/options.js';
import type { Outbox } from './outbox.js';
import { createQueue } from './queue.js';

/**
 * A hub stream as an AsyncIterable. It opens at once (not at the first read), items wait until they are read, and leaving
 * the loop cancels it on the server.
 */
export function openStream<T>(
  outbox: Outbox,
  method: string,
  args: unknown[],
  // A time limit is for an answer.
  { timeout: _, ...options }: CallOptions,
): HubStream<T> {
  const queue = createQueue<T>(() => cancel());
  let cancelOnServer = (): void => {};
  let leave = cancelOnServer;

  function end(error?: HubError): void {
    queue.end(error);
    leave();
  }

  function cancel(error?: HubError): void {
    end(error);
    cancelOnServer();
  }

  leave = outbox.whenAttached(
    method,
    args,
    options,
    (link) => {
      cancelOnServer = link.stream(method, args, {
        next: queue.push as (item: unknown) => void,
        complete: end,
        error: end,
      });
    },
    cancel,
  );

  return { cancel: () => cancel(), [Symbol.asyncIterator]: queue[Symbol.asyncIterator] };
}
