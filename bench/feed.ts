import type { HubOptions } from '@org/hub-core';

type WebSocketClass = NonNullable<NonNullable<HubOptions['signalr']>['WebSocket']>;

/** A hub without a network: what is left is the client. It shakes hands, answers each call with its first argument, and says what it is told to. */
export interface Feed {
  readonly WebSocket: WebSocketClass;
  /** One WebSocket message, which may hold several of the hub's. */
  deliver(text: string): void;
}

const separator = '\x1e';

export function invocations(method: string, from: number, count: number): string {
  let text = '';
  for (let number = from; number < from + count; number += 1) {
    text += `{"type":1,"target":"${method}","arguments":[${number}]}${separator}`;
  }
  return text;
}

export function createFeed(): Feed {
  const sockets: FeedSocket[] = [];

  class FeedSocket extends EventTarget {
    static readonly OPEN = 1;
    readyState = 1;
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: ((event: { code: number }) => void) | null = null;
    onerror: (() => void) | null = null;

    constructor() {
      super();
      sockets.push(this);
      setImmediate(() => this.onopen?.());
    }

    send(text: string): void {
      for (const record of text.split(separator).slice(0, -1)) {
        const answer = answerTo(record);
        // As from a network: in a turn of its own.
        if (answer) setImmediate(() => this.onmessage?.({ data: answer + separator }));
      }
    }

    close(): void {
      if (this.readyState === 3) return;
      this.readyState = 3;
      setImmediate(() => {
        this.onclose?.({ code: 1000 });
        this.dispatchEvent(new Event('close'));
      });
    }
  }

  return {
    WebSocket: FeedSocket as unknown as WebSocketClass,
    deliver: (data) => sockets.at(-1)?.onmessage?.({ data }),
  };
}

function answerTo(record: string): string | null {
  const message = JSON.parse(record) as {
    type?: number;
    invocationId?: string;
    arguments?: unknown[];
    protocol?: string;
  };
  if (message.protocol) return '{}';
  if (message.type !== 1 || !message.invocationId) return null;
  return JSON.stringify({ type: 3, invocationId: message.invocationId, result: message.arguments?.[0] });
}
