import type { Link } from '../link/link.js';
import { after } from '../platform/clock.js';
import { deferred } from '../platform/deferred.js';
import { HubError, type HubErrorCode } from '../vocabulary/errors.js';
import type { CallOptions, OutboxOptions } from '../vocabulary/options.js';

/**
 * Where calls go: to the attached link, or, while there is none, into a queue that keeps their order. A call that was in
 * flight when its link died is never sent again by itself.
 */
export interface Outbox {
  invoke(method: string, args: unknown[], options: CallOptions): Promise<unknown>;
  send(method: string, args: unknown[], options: CallOptions): Promise<void>;
  /** Runs `open` with a link as soon as there is one; `giveUp` if there will be none. Returns the withdrawal. */
  whenAttached(
    method: string,
    options: CallOptions,
    open: (link: Link) => void,
    giveUp: (error: HubError) => void,
  ): () => void;
  /** Calls go to this link, the waiting ones first. */
  attach(link: Link): void;
  /** Calls wait. */
  detach(): void;
  /** Waiting calls and all new ones reject with what `reason` says. */
  close(reason: () => HubError): void;
  /** Waiting calls reject; new ones wait. */
  rejectWaiting(reason: () => HubError): void;
}

interface Waiting {
  go(link: Link): void;
  giveUp(error: HubError): void;
}

export function createOutbox({ maxCalls, maxAge }: Required<OutboxOptions>): Outbox {
  const queue = new Set<Waiting>();
  let link: Link | null = null;
  /** Why no connection will come; null while one may. */
  let closed: (() => HubError) | null = () => new HubError('closed', 'The connection is stopped.', { sent: 'no' });

  function whenAttached(
    method: string,
    { whenDisconnected }: CallOptions,
    open: (link: Link) => void,
    giveUp: (error: HubError) => void,
  ): () => void {
    const unsent = (code: HubErrorCode, why: string): void =>
      giveUp(new HubError(code, `'${method}' was not sent: ${why}.`, { method, sent: 'no' }));
    const withdraw = (): void => {
      cancelTimer();
      queue.delete(entry);
    };
    const entry: Waiting = {
      go(to) {
        withdraw();
        open(to);
      },
      giveUp(error) {
        withdraw();
        giveUp(error);
      },
    };
    let cancelTimer = (): void => {};
    if (link) open(link);
    else if (closed) giveUp(closed());
    else if (whenDisconnected === 'reject') unsent('connection-lost', 'there is no connection');
    else if (queue.size >= maxCalls) unsent('outbox-full', `${maxCalls} calls wait already`);
    else {
      queue.add(entry);
      cancelTimer = after(maxAge, () => {
        withdraw();
        unsent('timeout', `it waited ${maxAge} ms for a connection`);
      });
    }
    return withdraw;
  }

  async function run<T>(method: string, options: CallOptions, call: (link: Link) => Promise<T>): Promise<T> {
    const { signal, timeout } = options;
    const result = deferred<T>();
    let sent: 'no' | 'unknown' = 'no';
    const fail = (code: HubErrorCode, why: string): void =>
      result.reject(new HubError(code, `'${method}' ${why}.`, { method, sent, cause: signal?.reason }));
    const abort = (): void => fail('aborted', 'was cancelled');
    const cancelTimer = after(timeout ?? Infinity, () => fail('timeout', `took longer than ${timeout} ms`));
    signal?.addEventListener('abort', abort);
    const go = (to: Link): void => {
      sent = 'unknown';
      call(to).then(result.resolve, result.reject);
    };
    let withdraw = (): void => {};
    if (signal?.aborted) abort();
    else withdraw = whenAttached(method, options, go, result.reject);
    try {
      return await result.promise;
    } finally {
      withdraw();
      cancelTimer();
      signal?.removeEventListener('abort', abort);
    }
  }

  function rejectWaiting(reason: () => HubError): void {
    for (const entry of [...queue]) entry.giveUp(reason());
  }

  return {
    invoke: (method, args, options) => run(method, options, (to) => to.invoke(method, args)),
    send: (method, args, options) => run(method, options, (to) => to.send(method, args)),
    whenAttached,
    attach(to) {
      link = to;
      for (const entry of [...queue]) entry.go(to);
    },
    detach() {
      link = closed = null;
    },
    close(reason) {
      link = null;
      closed = reason;
      rejectWaiting(reason);
    },
    rejectWaiting,
  };
}
