/// <reference types="node" />
import type { Page, Request } from 'playwright-core';

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

/** Where a fault meets the opening of a socket, SignalR goes on with server-sent events, or polls: all three are heard. */
export async function listenOnWire(page: Page): Promise<Wire> {
  const wire: Wire = { sent: new Map(), connections: 0, renewals: 0, refreshes: new Map(), refused: 0 };
  page.on('websocket', (socket) => {
    const link = listenTo(wire);
    socket.on('framesent', ({ payload }) => link.sent(payload));
    socket.on('framereceived', ({ payload }) => link.received(payload));
  });
  /** By the id in their addresses. */
  const links = new Map<string, Link>();
  const linkOf = (url: string): Link | undefined => {
    const id = isRenewal(url) ? null : new URL(url).searchParams.get('id');
    if (id === null) return undefined;
    const link = links.get(id) ?? listenTo(wire);
    links.set(id, link);
    return link;
  };
  page.on('request', (request) => {
    if (isRefresh(request)) wire.refreshes.set(request, Date.now());
    if (request.method() === 'POST') linkOf(request.url())?.sent(request.postData() ?? '');
  });
  page.on('requestfailed', (request) => {
    // Whoever has just come is reset when the port closes. (Had the provider heard it all the same, the counts would differ.)
    const unheard = /^net::ERR_CONNECTION_(REFUSED|RESET)$/.test(request.failure()?.errorText ?? '');
    if (unheard && wire.refreshes.delete(request)) wire.refused += 1;
  });
  page.on('response', (response) => {
    const request = response.request();
    if (isRenewal(response.url()) && request.method() === 'POST' && response.ok()) wire.renewals += 1;
    if (request.method() !== 'GET' || request.resourceType() === 'eventsource' || !response.ok()) return;
    // A poll that is cut off has told the page nothing either.
    const link = linkOf(response.url());
    if (link) void response.text().then(link.received, () => {});
  });
  const cdp = await page.context().newCDPSession(page);
  const streams = new Map<string, Link>();
  cdp.on('Network.requestWillBeSent', ({ requestId, type, request }) => {
    const link = type === 'EventSource' ? linkOf(request.url) : undefined;
    if (link) streams.set(requestId, link);
  });
  cdp.on('Network.eventSourceMessageReceived', ({ requestId, data }) => streams.get(requestId)?.received(data));
  await cdp.send('Network.enable');
  return wire;
}

/** In place, by the hub. */
function isRenewal(url: string): boolean {
  return url.includes('/refresh?');
}

/** By the provider. */
function isRefresh(request: Request): boolean {
  return request.postData()?.includes('grant_type=refresh_token') ?? false;
}

interface Link {
  sent(payload: string | Buffer): void;
  received(payload: string | Buffer): void;
}

function listenTo(wire: Wire): Link {
  const waiting = new Map<string, SentMessage>();
  return {
    sent(payload) {
      for (const { type, target, invocationId, arguments: given } of framesOf(payload)) {
        if (type !== 1 || target !== 'Send') continue;
        const text = String(given?.[1]);
        const message = wire.sent.get(text) ?? { frames: 0, answer: 'none' };
        message.frames += 1;
        wire.sent.set(text, message);
        if (invocationId !== undefined) waiting.set(invocationId, message);
      }
    },
    received(payload) {
      for (const { type, invocationId, error } of framesOf(payload)) {
        if (type === undefined && error === undefined) wire.connections += 1;
        const message = type === 3 && invocationId !== undefined ? waiting.get(invocationId) : undefined;
        if (message) message.answer = error === undefined ? 'done' : 'refused';
      }
    },
  };
}

/** Frames of SignalR's JSON protocol; the answer to the handshake is `{}`. */
function framesOf(payload: string | Buffer): Frame[] {
  return payload
    .toString()
    .split('\u001e')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as Frame);
}
