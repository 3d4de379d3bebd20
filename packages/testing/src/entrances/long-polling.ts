import type { HubResponse, HubSocket, HubSocketEvents } from '../api/http.ts';
import type { Clock } from '../platform/clock.ts';
import { createDeferred } from '../platform/deferred.ts';
import type { Deferred } from '../platform/deferred.ts';
import { concat, toBytes } from '../wire/bytes.ts';
import type { WireData } from '../wire/server-protocol.ts';
import { brokenOff, byteLength, text } from './answers.ts';

/** Null: the connection dies. `late`: the messages in it have had the hub's delay already. */
export type PollAnswer = { response: HubResponse | null; late?: true };

/** A connection that lives in the GETs of its client, one after the other. */
export interface LongPolling {
  readonly socket: HubSocket;
  /** The answer to the first poll comes at once: it tells the client that it may send. */
  open(events: HubSocketEvents): PollAnswer;
  /** Waits for messages; the poll before it, if that still waits, is over. */
  poll(signal: AbortSignal | undefined): Promise<PollAnswer>;
  /** The client's DELETE. */
  delete(): void;
}

export interface LongPollingHost {
  readonly clock: Clock;
  /** ms */
  readonly pollTimeout: number;
  /** How long the hub waits for the next poll, ms. */
  readonly disconnectTimeout: number;
  /** POSTs are not taken any more. */
  disposed(): void;
  /** Last of all: the id means nothing any more. */
  forget(): void;
}

/**
 * open ──the hub closes──▶ draining ──the last message fetched, then a 204──▶ forgotten
 *  └─DELETE, or no poll─▶ disposed ──the hub closes──▶ forgotten
 *
 * Measured on Kestrel 10: a poll whose client goes away costs nothing, the next one brings the messages. After the client's Close the next poll waits
 * until `onDisconnected` has finished: that is what its 204 says. After a DELETE a poll that waits gets the hub's Close or a 204, as the threads fall;
 * here it is always the Close, which came twice as often.
 */
export function createLongPolling(host: LongPollingHost): LongPolling {
  const { clock } = host;
  let state: 'open' | 'draining' | 'disposed' | 'forgotten' = 'open';
  let messages: WireData[] = [];
  /** The fault `cutAfter`: the connection dies when this many bytes of the messages have left. */
  let cutAt: number | null = null;
  let failed = false;
  let events: HubSocketEvents | null = null;
  let waiting: Deferred<PollAnswer> | null = null;
  let cancelTimer: () => void = () => undefined;

  const after = (ms: number, then: () => void): void => {
    cancelTimer();
    cancelTimer = clock.after(ms, then);
  };
  /** Between two polls. */
  const awaitPoll = (): void => {
    if (state === 'open' || state === 'draining') after(host.disconnectTimeout, dispose);
  };
  const settle = (answer: PollAnswer): void => {
    const poll = waiting;
    waiting = null;
    poll?.resolve(answer);
  };
  const forget = (answer: PollAnswer): PollAnswer => {
    state = 'forgotten';
    cancelTimer();
    settle(answer);
    host.forget();
    return answer;
  };
  const dispose = (): void => {
    if (state === 'draining') forget(ended());
    if (state !== 'open') return;
    state = 'disposed';
    host.disposed();
    events?.left();
  };

  /** The answer that a poll need not wait for. */
  const take = (): PollAnswer | null => {
    if (messages.length === 0) {
      if (state !== 'draining') return null;
      // Measured: each poll fails then, until there is a DELETE, or no poll any more.
      return failed ? { response: text(500, '') } : forget(ended());
    }
    const body = joined(messages);
    messages = [];
    if (cutAt === null) return { response: fetched(body), late: true };
    return forget({ response: fetchedInPart(toBytes(body), cutAt), late: true });
  };
  const serve = (): void => {
    const answer = waiting && take();
    if (!answer) return;
    settle(answer);
    awaitPoll();
  };
  // The answers to the messages of one POST leave together, as they do on Kestrel. No timer: tests fake those.
  const serveSoon = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    serve();
  };

  return {
    socket: {
      inherentKeepAlive: true,
      send(data) {
        messages.push(data);
        void serveSoon();
      },
      close(code) {
        failed = code !== 1000;
        serve();
        if (state === 'disposed') forget(ended());
        else state = 'draining';
        serve();
        // The hub has done its part; what is left is fetched without it.
        events?.closed(1000);
      },
      terminate() {
        messages = [];
        forget(dead);
      },
      cut(data, bytes) {
        cutAt = messages.reduce((total, message) => total + byteLength(message), bytes);
        messages.push(data);
        state = 'draining';
        host.disposed();
        serve();
      },
    },
    open(opened) {
      events = opened;
      awaitPoll();
      return { response: fetched('') };
    },
    poll(signal) {
      if (state === 'disposed') return Promise.resolve({ response: text(404, '') });
      settle(ended());
      cancelTimer();
      const answer = signal?.aborted ? dead : take();
      if (answer) {
        awaitPoll();
        return Promise.resolve(answer);
      }
      const poll = createDeferred<PollAnswer>();
      waiting = poll;
      const giveUp = (given: PollAnswer): void => {
        if (waiting !== poll) return;
        settle(given);
        awaitPoll();
      };
      after(host.pollTimeout, () => giveUp({ response: text(200, '') }));
      signal?.addEventListener('abort', () => giveUp(dead), { once: true });
      return poll.promise;
    },
    delete: dispose,
  };
}

const dead: PollAnswer = { response: null };

function ended(): PollAnswer {
  return { response: text(204, '') };
}

function fetched(body: WireData): HubResponse {
  return { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body };
}

/** Promises all bytes and sends some: the client sees a body that breaks off. */
function fetchedInPart(bytes: Uint8Array, count: number): HubResponse {
  const { headers, ...rest } = fetched('');
  return {
    ...rest,
    headers: { ...headers, 'Content-Length': String(bytes.length) },
    body: brokenOff(bytes.slice(0, count)),
  };
}

function joined(messages: readonly WireData[]): WireData {
  if (messages.every((message) => typeof message === 'string')) return messages.join('');
  return concat(...messages.map(toBytes));
}
