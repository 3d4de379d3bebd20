/** What a streaming method returned, as one kind of iterator; null: it cannot be iterated. */
export function toAsyncIterator(returned: unknown): AsyncIterator<unknown> | null {
  const items = returned as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  const asynchronous = items?.[Symbol.asyncIterator]?.();
  if (asynchronous) return asynchronous;
  const synchronous = items?.[Symbol.iterator]?.();
  if (synchronous) {
    return {
      next: async () => synchronous.next(),
      return: async () => synchronous.return?.() ?? { done: true, value: undefined },
    };
  }
  return null;
}

/** Sends item after item until the stream ends or is cancelled; then its `finally` blocks run, and nobody waits for them. */
export async function pumpStream(
  items: AsyncIterator<unknown>,
  signal: AbortSignal,
  send: (item: unknown) => void,
): Promise<void> {
  let cancel: () => void = () => undefined;
  const cancelled = new Promise<null>((resolve) => (cancel = () => resolve(null)));
  signal.addEventListener('abort', cancel, { once: true });
  try {
    while (!signal.aborted) {
      const next = items.next();
      // A step that fails after the cancellation is nobody's business any more.
      next.catch(() => undefined);
      const step = await Promise.race([next, cancelled]);
      if (step === null || step.done) break;
      send(step.value ?? null);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    // In a promise of its own: an iterator may be written by hand, and throw at once.
    if (signal.aborted)
      void Promise.resolve()
        .then(() => items.return?.())
        .catch(() => undefined);
  }
}
