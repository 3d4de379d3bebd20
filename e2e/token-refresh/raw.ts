/// <reference types="node" />
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createDeferred } from '../lab/deferred.ts';

const separator = '\u001e';

/** A WebSocket of our own: what the wire says, word for word. */
export interface RawSocket {
  readonly frames: readonly string[];
  readonly opened: Promise<void>;
  /** Resolves with the first answer, which is the handshake's. */
  readonly answered: Promise<void>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  send(text: string): void;
  /** Dies without a Close frame. */
  kill(): void;
}

export async function negotiate(hub: string, token: string, query = ''): Promise<string> {
  const response = await fetch(`${hub}/negotiate?negotiateVersion=1${query}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { connectionToken: string }).connectionToken;
}

export function openSocket(hub: string, token: string, id?: string): RawSocket {
  const query = id === undefined ? '' : `&id=${encodeURIComponent(id)}`;
  const socket = new WebSocket(`${hub.replace('http', 'ws')}?access_token=${token}${query}`);
  const frames: string[] = [];
  const opened = createDeferred<void>();
  const answered = createDeferred<void>();
  const closed = createDeferred<number>();
  socket.on('open', () => opened.resolve());
  socket.on('error', opened.reject);
  socket.on('message', (data) => {
    frames.push(...(data as Buffer).toString('utf8').split(separator).filter(Boolean));
    answered.resolve();
  });
  socket.on('close', (code) => closed.resolve(code));
  onTestFinished(() => socket.terminate());
  return {
    frames,
    opened: opened.promise,
    answered: answered.promise,
    closed: closed.promise,
    send: (text) => socket.send(text + separator),
    kill: () => socket.terminate(),
  };
}

/** Opened, and through the handshake. Version 2 is for stateful connections. */
export async function shakeHands(socket: RawSocket, version = 1): Promise<RawSocket> {
  await socket.opened;
  socket.send(`{"protocol":"json","version":${version}}`);
  await socket.answered;
  return socket;
}
