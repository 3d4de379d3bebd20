/// <reference types="node" />
import type { Page, Request, WebSocket } from 'playwright-core';

/** What became of a message that a page has sent: seen on the wire, not told by the page. */
export interface SentMessage {
  /** In how many frames it went out. */
  frames: number;
  answer: 'none' | 'done' | 'refused';
}

/** What a page says to the hub and to the provider. */
export interface Wire {
  /** By text. */
  readonly sent: Map<string, SentMessage>;
  /** Hub connections that got as far as the handshake. */
  connections: number;
  /** Renewals in place that the hub has taken. */
  renewals: number;
  /** When a token was asked for with a refresh token, epoch ms; but for those requests that did not get through. */
  readonly refreshes: Map<Request, number>;
  /** Requests for a token that did not get through: nobody listened. */
  refused: number;
}

interface Frame {
  type?: number;
  target?: string;
  invocationId?: string;
  arguments?: unknown[];
  error?: string;
}

export function listenOnWire(page: Page): Wire {
  const wire: Wire = { sent: new Map(), connections: 0, renewals: 0, refreshes: new Map(), refused: 0 };
  page.on('websocket', (socket) => listenTo(socket, wire));
  page.on('request', (request) => {
    if (isRefresh(request)) wire.refreshes.set(request, Date.now());
  });
  page.on('requestfailed', (request) => {
    if (request.failure()?.errorText !== 'net::ERR_CONNECTION_REFUSED' || !wire.refreshes.delete(request)) return;
    wire.refused += 1;
  });
  page.on('response', (response) => {
    if (response.url().includes('/refresh?') && response.request().method() === 'POST' && response.ok())
      wire.renewals += 1;
  });
  return wire;
}

function isRefresh(request: Request): boolean {
  return request.postData()?.includes('grant_type=refresh_token') ?? false;
}

function listenTo(socket: WebSocket, wire: Wire): void {
  const waiting = new Map<string, SentMessage>();
  socket.on('framesent', ({ payload }) => {
    for (const { type, target, invocationId, arguments: given } of framesOf(payload)) {
      if (type !== 1 || target !== 'Send') continue;
      const text = String(given?.[1]);
      const message = wire.sent.get(text) ?? { frames: 0, answer: 'none' };
      message.frames += 1;
      wire.sent.set(text, message);
      if (invocationId !== undefined) waiting.set(invocationId, message);
    }
  });
  socket.on('framereceived', ({ payload }) => {
    for (const { type, invocationId, error } of framesOf(payload)) {
      if (type === undefined && error === undefined) wire.connections += 1;
      const message = type === 3 && invocationId !== undefined ? waiting.get(invocationId) : undefined;
      if (message) message.answer = error === undefined ? 'done' : 'refused';
    }
  });
}

/** Frames of SignalR's JSON protocol; the answer to the handshake is `{}`. */
function framesOf(payload: string | Buffer): Frame[] {
  return payload
    .toString()
    .split('\u001e')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as Frame);
}
