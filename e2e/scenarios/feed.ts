import { createDeferred } from '../lab/deferred.ts';

/** A stream to send up, an item at a time as the test says, which tells how it was read. */
export interface Feed<T> extends AsyncIterable<T> {
  /** Hands over an item; resolves when it has been asked for. */
  give(item: T): Promise<void>;
  end(): void;
  fail(error: Error): void;
  /** `ask` and `give`, oldest first; and `left`, once nobody needs it any more. */
  readonly log: readonly string[];
  readonly left: Promise<void>;
}

export function createFeed<T>(): Feed<T> {
  type Step = { result: IteratorResult<T, undefined>; taken(): void } | { error: Error };
  const steps: Step[] = [];
  const log: string[] = [];
  const left = createDeferred<void>();
  let wake = (): void => {};

  function add(step: Step): void {
    steps.push(step);
    wake();
  }

  const finish = (): Step => ({ result: { done: true, value: undefined }, taken() {} });

  return {
    give: (value) => new Promise((taken) => add({ result: { done: false, value }, taken })),
    end: () => add(finish()),
    fail: (error) => add({ error }),
    log,
    left: left.promise,
    [Symbol.asyncIterator]: () => ({
      async next() {
        log.push('ask');
        while (steps.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const step = steps.shift() ?? finish();
        if ('error' in step) throw step.error;
        if (!step.result.done) log.push(`give ${String(step.result.value)}`);
        step.taken();
        return step.result;
      },
      async return() {
        log.push('left');
        left.resolve();
        return { done: true, value: undefined };
      },
    }),
  };
}
