import type { Link } from '../link/link.js';
import { callWith, openUpload, type UploadMessages } from '../link/upload-messages.js';
import { interruption } from '../platform/interruption.js';
import { asError, HubError } from '../vocabulary/errors.js';
import type { HubLogger } from '../vocabulary/log.js';
import { isStream } from './handed-up.js';
import type { Caller } from './outbox.js';

/** The streams that go up with one call. They are read no faster than the connection takes their items. */
export interface Upload {
  /** They stay on this link, end with it, and are never sent again. Makes the call, whatever the caller is given. */
  start(link: Link): Caller;
  /** Nobody waits for the call any more. One that was only to be sent, and was, goes on; where it is cut short, the log says so. */
  stop(): void;
}

export type CreateUpload = typeof createUpload;

export function createUpload(
  method: string,
  args: unknown[],
  signal: AbortSignal | undefined,
  logger: HubLogger,
): Upload {
  const sources = args.filter(isIterable);
  const others = args.filter((arg) => !isIterable(arg));
  const over = interruption();
  let state: 'waiting' | 'calling' | 'sent' | 'over' = 'waiting';
  /** Whether the server still waits for more. */
  let expected = true;

  function end(error: HubError): void {
    if (state === 'over') return;
    if (state === 'waiting') for (const source of sources) void letGo(() => source[Symbol.asyncIterator]());
    if (state === 'sent') logger.log('warn', `The upload of '${method}' ended early: ${error.message}`);
    state = 'over';
    over.end(error);
  }

  function cancel(): void {
    end(new HubError('aborted', 'It was cancelled.', { method }));
  }

  function answered(): void {
    expected = false;
    cancel();
  }

  async function run(messages: UploadMessages, source: AsyncIterable<unknown>): Promise<void> {
    let reader: AsyncIterator<unknown> | undefined;
    try {
      reader = source[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await over.race(reader.next());
        if (done) break;
        // The next one is not asked for before: whoever makes items is no faster than the connection.
        await over.race(messages.item(value));
      }
      await messages.complete();
    } catch (thrown) {
      void letGo(() => reader);
      const { message } = asError(thrown);
      end(new HubError('method-failed', message, { method }));
      if (expected) await messages.complete(message || 'The upload failed.').catch(() => {});
    }
  }

  async function runAll(link: Link, uploads: UploadMessages[]): Promise<void> {
    const lost = (): void => end(new HubError('connection-lost', 'The connection was lost.', { method }));
    link.context.signal.addEventListener('abort', lost);
    signal?.addEventListener('abort', cancel);
    // Behind the call.
    await Promise.resolve();
    await Promise.all(uploads.map((messages, index) => run(messages, sources[index]!)));
    state = 'over';
    link.context.signal.removeEventListener('abort', lost);
    signal?.removeEventListener('abort', cancel);
  }

  function start(link: Link): Caller {
    state = 'calling';
    const uploads = sources.map(() => openUpload(link, method));
    const ids = uploads.map(({ id }) => id);
    const ended = runAll(link, uploads);
    return {
      invoke() {
        const result = callWith(link, ids, () => link.invoke(method, others));
        result.then(answered, answered);
        return result;
      },
      async send() {
        try {
          await callWith(link, ids, () => link.send(method, others));
        } catch (thrown) {
          answered();
          throw thrown;
        }
        if (state !== 'calling') return;
        state = 'sent';
        // A rotation waits for it, as for a call.
        link.calls.begin();
        void ended.then(link.calls.end);
      },
      stream: (_method, _args, observer) =>
        callWith(link, ids, () =>
          link.stream(method, others, {
            next: observer.next,
            complete() {
              answered();
              observer.complete();
            },
            error(error) {
              answered();
              observer.error(error);
            },
          }),
        ),
    };
  }

  return {
    start,
    stop() {
      if (state !== 'sent') cancel();
    },
  };
}

function isIterable(arg: unknown): arg is AsyncIterable<unknown> {
  return isStream(arg) && Symbol.asyncIterator in arg;
}

/** Whatever its owner does then, the call does not wait for it. */
async function letGo(reader: () => AsyncIterator<unknown> | undefined): Promise<void> {
  try {
    await reader()?.return?.();
  } catch {
    // It is over for us, however it ends.
  }
}
