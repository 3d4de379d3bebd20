import type { Link } from '../link/link.js';
import { after } from '../platform/clock.js';
import { HubError } from '../vocabulary/errors.js';
import type { CallOptions, OutboxOptions } from '../vocabulary/options.js';

/**
 * Where calls go: to the attached link, or, while there is none, into a queue that keeps their order. A call that was in
 * flight when its link died is never sent again by itself.
 */
export interface Outbox {
  invoke(method: string, args: unknown[], options: CallOptions): Promise<unknown>;
  send(method: string, args: unknown[], options: CallOptions): Promise<void>;
  /** Runs `open` with a link as soon as there is one; `giveUp` if there will be none. Returns the withdrawal. */
  whenAttached(method: string, options: CallOptions, open: (link: Link) => void, giveUp: (error: HubError) => void): () => void;
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

type State = { kind: 'closed'; reason: () => HubError } | { kind: 'waiting' } | { kind: 'attached'; link: Link };

export function createOutbox(limits: Required<OutboxOptions>): Outbox {
  let state: State = { kind: 'closed', reason: () => new HubError('closed', 'The connection has not been started.', { sent: 'no' }) };
  const queue = new Set<Waiting>();

  function whenAttached(
    method: string,
    options: CallOptions,
    open: (link: Link) => void,
    giveUp: (error: HubError) => void,
  ): () => void {
    if (state.kind === 'attached') {
      open(state.link);
      return () => {};
    }
    const refusal = refuse(method, options);
    if (refusal) {
      giveUp(refusal);
      return () => {};
    }
    const entry: Waiting = {
      go(link) {
        withdraw();
        open(link);
      },
      giveUp(error) {
        withdraw();
        giveUp(error);
      },
    };
    const cancelTimer = after(limits.maxAge, () => {
      entry.giveUp(new HubError('timeout', `'${method}' waited ${limits.maxAge} ms for a connection.`, { method, sent: 'no' }));
    });
    const withdraw = (): void => {
      cancelTimer();
      queue.delete(entry);
    };
    queue.add(entry);
    return withdraw;
  }

  function refuse(method: string, options: CallOptions): HubError | null {
    if (state.kind === 'closed') return state.reason();
    if (options.whenDisconnected === 'reject') {
      return new HubError('connection-lost', `'${method}' was not sent: there is no connection now.`, { method, sent: 'no' });
    }
    if (queue.size >= limits.maxCalls) {
      return new HubError('outbox-full', `'${method}' was not sent: ${queue.size} calls are waiting already.`, { method, sent: 'no' });
    }
    return null;
  }

  function run<T>(method: string, options: CallOptions, start: (link: Link) => Promise<T>): Promise<T> {
    const { signal, timeout } = options;
    return new Promise<T>((resolve, reject) => {
      let sent: 'no' | 'unknown' = 'no';
      const cleanUp: (() => void)[] = [];
      const settle = (end: () => void): void => {
        for (const undo of cleanUp.splice(0)) undo();
        end();
      };
      const fail = (error: HubError): void => settle(() => reject(error));
      const abort = (): void => fail(new HubError('aborted', `'${method}' was cancelled.`, { method, sent, cause: signal?.reason }));
      if (signal?.aborted) return abort();
      if (signal) {
        signal.addEventListener('abort', abort);
        cleanUp.push(() => signal.removeEventListener('abort', abort));
      }
      if (timeout !== undefined) {
        cleanUp.push(after(timeout, () => fail(new HubError('timeout', `'${method}' took longer than ${timeout} ms.`, { method, sent }))));
      }
      const withdraw = whenAttached(
        method,
        options,
        (link) => {
          sent = 'unknown';
          start(link).then((result) => settle(() => resolve(result)), fail);
        },
        fail,
      );
      cleanUp.push(withdraw);
    });
  }

  function rejectWaiting(reason: () => HubError): void {
    for (const entry of [...queue]) entry.giveUp(reason());
  }

  return {
    invoke: (method, args, options) => run(method, options, (link) => link.invoke(method, args)),
    send: (method, args, options) => run(method, options, (link) => link.send(method, args)),
    whenAttached,
    attach(link) {
      state = { kind: 'attached', link };
      for (const entry of [...queue]) entry.go(link);
    },
    detach() {
      state = { kind: 'waiting' };
    },
    close(reason) {
      state = { kind: 'closed', reason };
      rejectWaiting(reason);
    },
    rejectWaiting,
  };
}
