/// <reference types="node" />
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { decodeJwt } from 'jose';
import type { Journal } from './journal.ts';

/**
 * Tells of each request to the hub with its status, before the client can have read the answer. Sits in front of the
 * hub, where the HTTP server tells of a request, so it sees what a proxy would see, whatever the hub says of itself.
 *
 * @param isUp false while the server "is dead": what was under way then was never answered, nor seen
 */
export function recordRequests(server: Server, path: string, journal: Journal, isUp: () => boolean): void {
  function begin(request: IncomingMessage): ((status: number) => void) | null {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.startsWith(path) || request.method === 'OPTIONS') return null;
    const at = Date.now();
    let told = false;
    return (status) => {
      if (told || !isUp()) return;
      told = true;
      const tokenId = tokenIdOf(request.headers.authorization, url.searchParams.get('access_token'));
      journal.record({ fact: 'request', method: request.method ?? '', path: url.pathname, status, tokenId, at });
    };
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    const tell = begin(request);
    if (tell === null) return;
    // Every way to answer ends in writeHead, `end()` alone included.
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    response.writeHead = (status: number, ...rest: unknown[]) => {
      tell(status);
      return writeHead(status, ...rest);
    };
    response.once('close', () => tell(0));
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex): void {
    const tell = begin(request);
    if (tell === null) return;
    // The first thing written is the status line; after it the socket is none of our business.
    const own = { write: socket.write.bind(socket), end: socket.end.bind(socket) };
    const first =
      (method: (...args: never[]) => unknown) =>
      (...args: unknown[]) => {
        Object.assign(socket, own);
        tell(Number(/^HTTP\/1\.1 (\d{3})/.exec(String(args[0]))?.[1] ?? 0));
        return method(...(args as never[]));
      };
    Object.assign(socket, { write: first(own.write), end: first(own.end) });
    socket.once('close', () => tell(0));
  }

  const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean;
  server.emit = (event: string, ...args: unknown[]) => {
    if (event === 'request') onRequest(...(args as Parameters<typeof onRequest>));
    if (event === 'upgrade') onUpgrade(...(args as Parameters<typeof onUpgrade>));
    return emit(event, ...args);
  };
}

function tokenIdOf(authorization: string | undefined, query: string | null): string | null {
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? query;
  if (token === null || token === '') return null;
  try {
    return decodeJwt(token).jti ?? null;
  } catch {
    return null;
  }
}
