import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { RawData } from 'ws';
import { corsHeaders, preflight } from '../entrances/cors.ts';
import type { Entrances, Listener } from '../entrances/entrances.ts';
import type { HubResponse, HubSocket } from '../api/http.ts';
import type { AttachableServer, AttachOptions } from '../api/hub.ts';
import { frameOf } from './frames.ts';
import { headOf, toHubRequest } from './request.ts';

/**
 * Puts the hub before a server's own listeners, whenever those came; requests for other paths go on to them. It stands where the server tells of a request
 * and not among the listeners: several hubs can come and go in any order, and nobody else hears of what is theirs.
 */
export function attach(
  entrances: Entrances,
  server: AttachableServer,
  { path = '/hub', cors }: AttachOptions,
): Listener {
  const sockets = new WebSocketServer({ noServer: true, WebSocket: KestrelSocket });
  const base = hubPath(path);
  // As ASP.NET Core finds its routes: in any case, with or without a slash at the end.
  const ours = [base, `${base}/negotiate`, `${base}/refresh`].map((own) => own.toLowerCase());
  const isOurs = ({ url = '/' }: IncomingMessage): boolean =>
    ours.includes(url.split('?', 1)[0]!.toLowerCase().replace(/\/$/, ''));

  async function onRequest(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const allowed = corsHeaders(message.headers.origin, cors);
    const asked = preflight(message.method ?? '', message.headers['access-control-request-headers'], allowed, cors);
    const left = new AbortController();
    response.once('close', () => left.abort());
    const answer = asked ?? (await entrances.handleRequest(await toHubRequest(message, left.signal)));
    if (!answer) return void message.socket.destroy();
    for (const [name, value] of Object.entries({ ...answer.headers, ...allowed })) response.setHeader(name, value);
    response.statusCode = answer.status;
    if (!(answer.body instanceof ReadableStream)) return void response.end(answer.body);
    response.flushHeaders();
    // A stream that errors destroys the socket: the client sees a connection that died.
    await pump(answer.body, response);
  }

  async function onUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until `ws` has taken the socket, a client that goes away must not become an uncaught error.
    socket.on('error', ignore);
    const answer = await entrances.handleUpgrade(headOf(message));
    if (!answer || socket.destroyed) return void socket.destroy();
    if (!answer.accepted) return void socket.end(await rawResponse(answer.response));
    socket.off('error', ignore);
    sockets.handleUpgrade(message, socket, head, (webSocket) => {
      const incoming = answer.accept(hubSocket(webSocket, socket));
      webSocket.on('message', (data, isBinary) => incoming.message(toWireData(data, isBinary)));
      webSocket.on('close', (code) => incoming.closed(code));
      // Bad frames: `ws` closes the socket by itself and tells in 'close'.
      webSocket.on('error', ignore);
    });
  }

  const tell = server.emit;
  let attached = true;
  const tellUs: AttachableServer['emit'] = (event, ...args) => {
    const [message, second, third] = args as [IncomingMessage, ServerResponse & Duplex, Buffer];
    const concernsUs = attached && (event === 'request' || event === 'upgrade') && isOurs(message);
    if (!concernsUs) return tell.call(server, event, ...args);
    const done = event === 'request' ? onRequest(message, second) : onUpgrade(message, second, third);
    void done.catch(() => message.socket.destroy());
    return true;
  };
  server.emit = tellUs;
  server.on('request', refuseRequest);
  // Without a listener Node takes an upgrade for a plain request.
  server.on('upgrade', refuseUpgrade);

  return {
    // The server is not ours to close: while the hub is down, each request's connection is destroyed.
    down: () => Promise.resolve(),
    up: () => Promise.resolve(),
    async detach() {
      attached = false;
      // Somebody who came later stands on us, and goes on to tell those before us.
      if (server.emit === tellUs) server.emit = tell;
      server.off('request', refuseRequest);
      server.off('upgrade', refuseUpgrade);
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

/** For a server on which nobody but hubs listens; there is one for each hub. */
function refuseRequest(this: AttachableServer, _message: IncomingMessage, response: ServerResponse): void {
  if (isAlone(this, 'request', refuseRequest) && !response.writableEnded) response.writeHead(404).end();
}

function refuseUpgrade(this: AttachableServer, _message: IncomingMessage, socket: Duplex): void {
  if (isAlone(this, 'upgrade', refuseUpgrade)) socket.destroy();
}

function isAlone(server: AttachableServer, event: string, ours: Function): boolean {
  return server.listeners(event).every((listener) => listener === ours);
}

/** With a slash in front and none at the end; empty for the root. */
export function hubPath(path: string): string {
  const bare = path.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `/${bare}`;
}

/** Answers every Close frame with 1000, as Kestrel does, where `ws` echoes the client's code. What `ws` says about broken frames stays. */
class KestrelSocket extends WebSocket {
  override close(code?: number): void {
    super.close(code === 1002 || code === 1007 || code === 1009 ? code : 1000);
  }

  /** The hub's own close. */
  end(code: number): void {
    super.close(code);
  }
}

function hubSocket(socket: KestrelSocket, raw: Duplex): HubSocket {
  return {
    send: (data) => socket.send(data, ignore),
    close: (code) => socket.end(code),
    terminate: () => socket.terminate(),
    cut(data, bytes) {
      const frame = frameOf(data);
      const end = frame.length - Buffer.byteLength(data) + bytes;
      raw.write(frame.subarray(0, end), () => socket.terminate());
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}

/** Each chunk has been handed to the kernel before the next is asked for: what came before the death of a connection has left when it dies. */
async function pump(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = body.getReader();
  response.once('close', () => void reader.cancel().catch(ignore));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return void response.end();
    await new Promise<void>((resolve, reject) => {
      response.write(value, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function toWireData(data: RawData, isBinary: boolean): string | Uint8Array {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Uint8Array);
  return isBinary ? new Uint8Array(bytes) : bytes.toString('utf8');
}

async function rawResponse({ status, headers, body: content }: HubResponse): Promise<string> {
  const body = await new Response(content as BodyInit).text();
  const all = { ...headers, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Refused`, ...lines, '', body].join('\r\n');
}

function ignore(): void {}
