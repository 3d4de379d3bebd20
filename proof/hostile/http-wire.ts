import { createWire, type Data, type ServerSocket, type Transport, welcome, type Wire } from './wire.ts';

/** The server's end of a connection without a socket: the client speaks by POST. */
interface Connection extends ServerSocket {
  /** Answers the next poll. */
  poll(signal: AbortSignal | null | undefined): Response | Promise<Response>;
  /** There is an EventSource: what is delivered arrives at once. */
  push: ((data: Data) => void) | null;
  greeted: boolean;
}

/** As `createWire()`; the server offers nothing but this. */
export function createHttpWire(transport: Exclude<Transport, 'WebSockets'>): Wire {
  /** Connections whose poll waits, and EventSources. */
  const open = new Set<object>();
  let current = createConnection(open);
  const wire = createWire();
  wire.doors.EventSource = Events as never;
  wire.answer = (address, { method, body, signal }) => {
    if (/negotiate/.test(address)) {
      current = createConnection(open);
      const transferFormats = transport === 'LongPolling' ? ['Text', 'Binary'] : ['Text'];
      return Response.json({ ...welcome, availableTransports: [{ transport, transferFormats }] });
    }
    if (method === 'GET') return current.poll(signal);
    if (method === 'POST') hear(current, body as Data);
    return new Response('');
  };
  wire.current = () => (current.isOpen ? current : null);
  wire.open = () => open.size;

  function hear(connection: Connection, data: Data): void {
    if (connection.greeted) return wire.heard(data, connection);
    connection.greeted = true;
    queueMicrotask(() => wire.greet(connection));
  }

  function Events(this: unknown): object {
    const source = {
      onopen: null as ((event: object) => void) | null,
      onmessage: null as ((event: object) => void) | null,
      close: () => void open.delete(source),
    };
    open.add(source);
    current.push = (data) => {
      const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
      if (open.has(source)) source.onmessage?.({ data: text });
    };
    queueMicrotask(() => source.onopen?.({}));
    return source;
  }

  return wire;
}

function createConnection(open: Set<object>): Connection {
  const queue: Data[] = [];
  let isOpen = true;
  let polls = 0;
  let answer: ((data: Data | null) => void) | null = null;

  const connection: Connection = {
    greeted: false,
    push: null,
    get isOpen() {
      return isOpen;
    },
    get isBehind() {
      return isOpen && !connection.push && !answer;
    },
    deliver(data) {
      if (!isOpen) return;
      if (connection.push) connection.push(data);
      else if (answer) answer(data);
      else queue.push(data);
    },
    close() {
      isOpen = false;
      answer?.(null);
    },
    poll(signal) {
      polls += 1;
      // The first one only opens the connection.
      const data = polls === 1 ? '' : queue.shift();
      if (!isOpen || data !== undefined) return answered(isOpen ? data! : null);
      return new Promise((resolve) => {
        open.add(connection);
        answer = (given) => {
          answer = null;
          open.delete(connection);
          resolve(answered(given));
        };
        signal?.addEventListener('abort', () => answer?.(null));
      });
    },
  };
  return connection;
}

/** Null: there is no connection any more. */
function answered(data: Data | null): Response {
  return new Response(data, { status: data === null ? 204 : 200 });
}
