import type { Link } from '../link/link.js';
import { openUpload, type UploadMessages } from '../link/upload-messages.js';
import { interruption } from '../platform/interruption.js';
import type { Subscribable, Upload } from '../vocabulary/contract.js';
import { asError, HubError } from '../vocabulary/errors.js';
import type { HubLogger } from '../vocabulary/log.js';
import { type Caller, carrier, type WaitForLink, type WhenAttached } from './outbox.js';
import { createQueue } from './queue.js';

class HeldUpload<T> implements Upload<T> {
  constructor(readonly items: AsyncIterable<T>) {}
}

/**
 * Lets a stream go up as an argument of `invoke`, `send` or `stream`: `hub.invoke('Sum', upload(numbers()))`. An AsyncIterable
 * is read no faster than the connection takes its items, and is left (`return()`) as soon as nobody needs it any more: the
 * method has answered, the call was aborted, its reader left, the connection is gone. A Subject is heard from now on, also
 * while the call waits for a connection. An error of either reaches the hub method. An upload stays on its connection and is
 * never sent again; where a call that was only sent is cut short, the log says so (`warn`). For one call.
 */
export function upload<T>(source: AsyncIterable<T> | Subscribable<T>): Upload<T> {
  carrier.carry = carry;
  return new HeldUpload('subscribe' in source ? hear(source) : source);
}

function hear<T>(source: Subscribable<T>): AsyncIterable<T> {
  const queue = createQueue<T>(() => {
    queue.end();
    // As SignalR names it, and as everybody else does.
    subscription?.dispose?.();
    subscription?.unsubscribe?.();
  });
  const subscription = source.subscribe({
    next: queue.push,
    error: (error) => queue.end(asError(error)),
    complete: () => queue.end(),
  }) as { dispose?(): void; unsubscribe?(): void } | undefined;
  return queue;
}

function carry(
  wait: WaitForLink,
  logger: HubLogger,
  [method, args, options, open, giveUp]: Parameters<WhenAttached>,
): () => void {
  if (!args.some((arg) => arg instanceof HeldUpload)) return wait(method, args, options, open, giveUp);
  const { start, stop } = createUploads(method, args, options.signal, logger);
  const fail = (error: HubError): void => {
    stop();
    giveUp(error);
  };
  const leave = wait(method, args, options, (link) => open(start(link)), fail);
  return () => {
    leave();
    stop();
  };
}

/** The streams that go up with one call. */
interface Uploads {
  /** They stay on this link, and end with it. Makes the call with what it returns. */
  start(link: Link): Caller;
  /** Nobody waits for the call any more. One that was only to be sent, and was, goes on. */
  stop(): void;
}

function createUploads(method: string, args: unknown[], signal: AbortSignal | undefined, logger: HubLogger): Uploads {
  const sources = args.filter((arg) => arg instanceof HeldUpload).map(({ items }) => items as AsyncIterable<unknown>);
  const over = interruption();
  let state: 'waiting' | 'calling' | 'sent' | 'over' = 'waiting';
  /** Whether the server still waits for more. */
  let expected = true;

  function end(error: HubError): void {
    if (state === 'over') return;
    if (state === 'waiting') for (const source of sources) leave(source[Symbol.asyncIterator]());
    if (state === 'sent') logger.log('warn', `The upload of '${method}' ended early: ${error.message}`);
    state = 'over';
    over.end(error);
  }

  const cancel = (): void => end(new HubError('aborted', 'It was cancelled.', { method }));

  function answered(): void {
    expected = false;
    cancel();
  }

  async function run(messages: UploadMessages, source: AsyncIterable<unknown>): Promise<void> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await over.race(iterator.next());
        if (done) break;
        // The next one is not asked for before: whoever makes items is no faster than the connection.
        await messages.item(value);
      }
      await messages.complete();
    } catch (thrown) {
      leave(iterator);
      const { message } = asError(thrown);
      end(new HubError('method-failed', message, { method }));
      if (expected) await messages.complete(message || 'The upload failed.').catch(() => {});
    }
  }

  async function runAll(link: Link, uploads: UploadMessages[]): Promise<void> {
    const lost = (): void => end(new HubError('connection-lost', 'The connection was lost.', { method }));
    link.context.signal.addEventListener('abort', lost);
    signal?.addEventListener('abort', cancel);
    await Promise.all(uploads.map((messages, index) => run(messages, sources[index]!)));
    state = 'over';
    link.context.signal.removeEventListener('abort', lost);
    signal?.removeEventListener('abort', cancel);
  }

  return {
    stop() {
      if (state !== 'sent') cancel();
    },
    start(link) {
      state = 'calling';
      const uploads = sources.map(() => openUpload(link, method));
      const marks = uploads.map(({ argument }) => argument);
      const marked = args.map((arg) => (arg instanceof HeldUpload ? marks.shift() : arg));
      // The first item goes out in a later turn: behind the call.
      const running = runAll(link, uploads);
      return {
        invoke() {
          const result = link.invoke(method, marked);
          result.then(answered, answered);
          return result;
        },
        async send() {
          try {
            await link.send(method, marked);
          } catch (thrown) {
            answered();
            throw thrown;
          }
          if (state !== 'calling') return;
          state = 'sent';
          // A rotation waits for it, as for a call.
          link.calls.add(running);
          void running.then(() => link.calls.delete(running));
        },
        stream(_method, _args, observer) {
          try {
            return link.stream(method, marked, {
              next: observer.next,
              complete() {
                answered();
                observer.complete();
              },
              error(error) {
                answered();
                observer.error(error);
              },
            });
          } catch (thrown) {
            answered();
            throw thrown;
          }
        },
      };
    },
  };
}

/** Whatever its owner does then, the call does not wait for it. */
function leave(iterator: AsyncIterator<unknown>): void {
  const left = async (): Promise<unknown> => iterator.return?.();
  left().catch(() => {});
}
