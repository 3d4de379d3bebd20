import type { StreamOf } from '../vocabulary/contract.js';
import { asError } from '../vocabulary/errors.js';
import { createQueue } from './queue.js';

/**
 * Told by what it can do, as SignalR tells it: data has no functions, since they cannot be sent. Strings, arrays and bytes are
 * no streams.
 */
export function isStream(arg: unknown): arg is StreamOf<unknown> {
  const able = (arg ?? 0) as Record<PropertyKey, unknown>;
  return typeof (able['subscribe'] ?? able[Symbol.asyncIterator]) === 'function';
}

/** What is heard from now on, also while the call waits for a connection; every other argument as it is. */
export function heard(arg: unknown): unknown {
  if (!isStream(arg) || !('subscribe' in arg)) return arg;
  const queue = createQueue<unknown>(() => {
    queue.end();
    // As SignalR names it, and as everybody else does.
    subscription?.dispose?.();
    subscription?.unsubscribe?.();
  });
  const subscription = arg.subscribe({
    next: queue.push,
    error: (error) => queue.end(asError(error)),
    complete: () => queue.end(),
  }) as { dispose?(): void; unsubscribe?(): void } | undefined;
  return queue;
}
