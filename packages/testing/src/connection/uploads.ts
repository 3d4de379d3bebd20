import { exception } from '../wire/exceptions.ts';
import { HubException } from '../api/errors.ts';

type Step = { item: unknown } | { end: Error | null };

/** The streams that one client uploads, by stream id. Items of a stream that nobody reads are dropped, as ASP.NET Core does. */
export interface Uploads {
  open(streamId: string): AsyncIterable<unknown>;
  close(streamId: string): void;
  item(streamId: string, item: unknown): void;
  /** Whether there was such a stream. */
  complete(streamId: string, error: string | undefined): boolean;
  /** The connection has ended: readers are told. */
  abort(): void;
}

export function createUploads(): Uploads {
  const streams = new Map<string, (step: Step) => void>();
  return {
    open(streamId) {
      const { push, items } = createUpload();
      streams.set(streamId, push);
      return items;
    },
    close: (streamId) => void streams.delete(streamId),
    item: (streamId, item) => streams.get(streamId)?.({ item }),
    complete(streamId, error) {
      const push = streams.get(streamId);
      push?.({ end: error === undefined ? null : new HubException(error) });
      streams.delete(streamId);
      return push !== undefined;
    },
    abort() {
      for (const push of streams.values()) {
        push({ end: exception('OperationCanceledException', 'The underlying connection was closed.') });
      }
      streams.clear();
    },
  };
}

function createUpload(): { push(step: Step): void; items: AsyncIterable<unknown> } {
  const steps: Step[] = [];
  let wake: () => void = () => undefined;
  return {
    push(step) {
      steps.push(step);
      wake();
    },
    items: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const step = steps.shift();
          if (!step) {
            await new Promise<void>((resolve) => (wake = resolve));
            continue;
          }
          if ('item' in step) {
            yield step.item;
            continue;
          }
          if (step.end) throw step.end;
          return;
        }
      },
    },
  };
}
