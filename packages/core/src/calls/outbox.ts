import type { Link } from '../link/link.js';
import { after } from '../platform/clock.js';
import { HubError, type HubErrorCode, notLoaded } from '../vocabulary/errors.js';
import type { HubLogger } from '../vocabulary/log.js';
import type { CallOptions, OutboxOptions } from '../vocabulary/options.js';
import { heard, isStream } from './handed-up.js';
import type { CreateUpload, Upload } from './upload.js';

/**
 * Where calls go: to the attached link, or, while there is none, into a queue that keeps their order. A call that was in
 * flight when its link died is never sent again by itself.
 */
export interface Outbox {
  call(kind: 'invoke' | 'send', method: string, args: unknown[], options: CallOptions): Promise<unknown>;
  whenAttached: WhenAttached;
  /** Loads what calls need once there is a link. Never rejects. */
  load(): Promise<void>;
  /** Calls go to this link, the waiting ones first. */
  attach(link: Link): void;
  /** Calls wait. @param changing only until another link takes over: also those that would not wait for a connection */
  detach(changing?: boolean): void;
  /** Waiting calls and all new ones reject with what `reason` says. */
  close(reason: () => HubError): void;
  /** Waiting calls reject; new ones wait. */
  reject(reason: () => HubError): void;
}

/** What a call wants of a link. */
export type Caller = Pick<Link, 'invoke' | 'send' | 'stream'>;

/**
 * Runs `open` with a link as soon as there is one; `giveUp` if there will be none, and whenever the signal or the time limit
 * says so. Returns what is to be called when the call is over.
 */
export type WhenAttached = (
  method: string,
  args: unknown[],
  options: CallOptions,
  open: (link: Caller) => void,
  giveUp: (error: HubError) => void,
) => () => void;

/** The same with the whole link, whatever the arguments. */
type WaitForLink = (
  method: string,
  options: CallOptions,
  open: (link: Link) => void,
  giveUp: (error: HubError) => void,
) => () => void;

interface Waiting {
  go(link: Link): void;
  giveUp(error: HubError): void;
}

export function createOutbox({ maxCalls, maxAge }: Required<OutboxOptions>, logger: HubLogger): Outbox {
  const queue = new Set<Waiting>();
  /** Loaded while the first link is opened. */
  let createUpload: CreateUpload | undefined;
  let link: Link | null = null;
  /** For a moment, while another link takes over. */
  let between = false;
  /** Why no connection will come; null while one may. */
  let closed: (() => HubError) | null = null;

  const wait: WaitForLink = (method, { signal, timeout, whenDisconnected }, open, giveUp) => {
    let sent: 'no' | 'unknown' = 'no';
    const fail = (code: HubErrorCode, why: string): void =>
      entry.giveUp(new HubError(code, `'${method}' ${why}.`, { sent, cause: signal?.reason }));
    const abort = (): void => fail('aborted', 'was cancelled');
    const unqueue = (): void => {
      cancelWait();
      queue.delete(entry);
    };
    const leave = (): void => {
      unqueue();
      cancelTimer();
      signal?.removeEventListener('abort', abort);
    };
    const entry: Waiting = {
      go(to) {
        unqueue();
        sent = 'unknown';
        open(to);
      },
      giveUp(error) {
        leave();
        giveUp(Object.assign(error, { method }));
      },
    };
    let cancelWait = (): void => {};
    const cancelTimer = after(timeout ?? Infinity, () => fail('timeout', `took longer than ${timeout} ms`));
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    else if (link) entry.go(link);
    else if (closed) entry.giveUp(closed());
    else if (whenDisconnected === 'reject' && !between) fail('connection-lost', 'was not sent: there is no connection');
    else if (queue.size >= maxCalls) fail('outbox-full', `was not sent: ${maxCalls} calls wait already`);
    else {
      queue.add(entry);
      cancelWait = after(maxAge, () => fail('timeout', `was not sent: it waited ${maxAge} ms for a connection`));
    }
    return leave;
  };

  const whenAttached: WhenAttached = (method, args, options, open, giveUp) => {
    if (!args.some(isStream)) return wait(method, options, open, giveUp);
    const given = args.map(heard);
    let upload: Upload | undefined;
    const begun = (): Upload | undefined => (upload ??= createUpload?.(method, given, options.signal, logger));
    let leave = (): void => {};
    const end = (error?: HubError): void => {
      leave();
      void load().then(() => begun()?.stop());
      if (error) giveUp(error);
    };
    const start = (to: Link): void => {
      const caller = begun()?.start(to);
      if (caller) open(caller);
      else end(notLoaded(null));
    };
    leave = wait(method, options, start, end);
    return end;
  };

  async function load(): Promise<void> {
    createUpload ??= (await import('./upload.js').catch(() => null))?.createUpload;
  }

  function call(kind: 'invoke' | 'send', method: string, args: unknown[], options: CallOptions): Promise<unknown> {
    // Most calls have a link, and nobody to wait for but the server.
    if (link && !options.signal && options.timeout === undefined && !args.some(isStream))
      return link[kind](method, args);
    return new Promise((resolve, reject) => {
      const open = (to: Caller): void =>
        void to[kind](method, args)
          .then(resolve, reject)
          .finally(() => leave());
      let leave = (): void => {};
      leave = whenAttached(method, args, options, open, reject);
    });
  }

  function reject(reason: () => HubError): void {
    for (const entry of [...queue]) entry.giveUp(reason());
  }

  return {
    call,
    whenAttached,
    load,
    attach(to) {
      link = to;
      for (const entry of [...queue]) entry.go(to);
    },
    detach(changing = false) {
      link = closed = null;
      between = changing;
    },
    close(reason) {
      link = null;
      closed = reason;
      reject(reason);
    },
    reject,
  };
}
