import type { HubResponse, HubSocket, HubSocketEvents } from '../api/http.ts';
import { toBytes } from '../wire/bytes.ts';
import type { WireData } from '../wire/server-protocol.ts';
import { byteLength, connectionDied } from './answers.ts';

/** A connection that the hub's half of goes out in one endless answer; the client's half comes in POSTs. */
export interface EventStream {
  readonly socket: HubSocket;
  open(events: HubSocketEvents, signal: AbortSignal | undefined): HubResponse;
}

const headers = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache,no-store',
  Pragma: 'no-cache',
  'Content-Encoding': 'identity',
};

/** @param disposed the client has gone: its POSTs are not taken any more */
export function createEventStream(disposed: () => void): EventStream {
  let events: HubSocketEvents | null = null;
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let dying = false;

  /** Once, whoever ends it. */
  const end = (how: (stream: ReadableStreamDefaultController<Uint8Array>) => void): void => {
    const stream = controller;
    controller = null;
    if (stream) how(stream);
  };
  const leave = (): void =>
    end((stream) => {
      disposed();
      stream.error(connectionDied());
      events?.closed();
    });

  const body = new ReadableStream<Uint8Array>(
    {
      start(stream) {
        controller = stream;
        // ASP.NET Core says this first: some browsers tell of the open stream with its first bytes.
        stream.enqueue(toBytes(':\r\n'));
      },
      // An error throws away what nobody has read yet, so a cut waits until the reader comes for more.
      pull(stream) {
        if (dying) stream.error(connectionDied());
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );

  return {
    socket: {
      textOnly: true,
      send: (data) => controller?.enqueue(toBytes(eventOf(data))),
      close: () =>
        end((stream) => {
          stream.close();
          events?.closed(1000);
        }),
      terminate: () => end((stream) => stream.error(connectionDied())),
      cut: (data, bytes) =>
        end((stream) => {
          const event = toBytes(eventOf(data));
          dying = true;
          stream.enqueue(bytes < byteLength(data) ? event.slice(0, dataField.length + bytes) : event);
        }),
    },
    open(opened, signal) {
      events = opened;
      if (signal?.aborted) leave();
      signal?.addEventListener('abort', leave, { once: true });
      return { status: 200, headers: { ...headers }, body };
    },
  };
}

const dataField = 'data: ';

/** One event. A line break in the message would end it, so each line is a field of its own. */
function eventOf(data: WireData): string {
  const message = typeof data === 'string' ? data : new TextDecoder().decode(data);
  const lines = message.split(/\r?\n/).map((line) => `${dataField}${line}\r\n`);
  return `${lines.join('')}\r\n`;
}
