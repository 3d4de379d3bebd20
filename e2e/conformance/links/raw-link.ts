import type { WebSocketClass } from '@org/hub-testing';

/** One connection to a hub, spoken to in frames of our own: the same for each transport. */
export interface RawLink {
  readonly connectionId: string;
  readonly connectionToken: string;
  /** What came in: records without their separator, in order; then how the connection ended. */
  readonly received: readonly string[];
  readonly ended: boolean;
  /** Server-sent events: the stream as it came. */
  readonly bytes?: string;
  /** Resolves with the status of the POST; with 0 on a WebSocket. */
  send(data: string | Uint8Array): Promise<number>;
  /** Resolves when this much has been received, or the connection has ended. */
  until(count: number): Promise<void>;
  untilEnded(): Promise<void>;
  /** Ends it as a client does that means it: the socket's close, or a DELETE. */
  close(code?: number): Promise<number>;
  /** The client dies: no close frame, no DELETE. */
  kill(): void;
}

export const recordSeparator = '\x1e';

/** Whatever ends well on its transport: WebSockets with 1000, server-sent events with the end of the stream, long polling with 204. */
export const closed = 'closed';

/** What links have in common: a list that others wait for. */
export function createTranscript(): {
  readonly received: string[];
  readonly ended: boolean;
  data(chunk: string): void;
  end(how: string): void;
  until(count: number): Promise<void>;
  untilEnded(): Promise<void>;
} {
  const received: string[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let ended = false;

  function when(ready: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!ready() && !ended) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  }
  function wake(): void {
    for (const look of waiting) look();
  }

  return {
    received,
    get ended() {
      return ended;
    },
    data(chunk) {
      const records = (rest + chunk).split(recordSeparator);
      rest = records.pop() ?? '';
      received.push(...records);
      wake();
    },
    end(how) {
      if (ended) return;
      if (rest !== '') received.push(`incomplete: ${rest}`);
      received.push(how);
      ended = true;
      wake();
    },
    until: (count) => when(() => received.length >= count),
    untilEnded: () => when(() => false),
  };
}

export interface Address {
  /** The hub's URL, with the query that opens the connection. */
  url: string;
  connectionId: string;
  connectionToken: string;
  headers: Record<string, string>;
  fetch: typeof globalThis.fetch;
  /** Where there is no port. @default the one of `ws` */
  WebSocket?: WebSocketClass | undefined;
}
