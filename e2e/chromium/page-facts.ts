import type { Page } from 'playwright-core';

/** One WebSocket of a page, seen from outside of it. */
export interface SocketFacts {
  readonly url: string;
  readonly openedAt: number;
  closedAt: number | null;
}

/** What a page did that its user does not see, from its first request on, across navigations. */
export interface PageFacts {
  /** Everything written to the console, of every level. */
  readonly printed: string[];
  /** What a developer would see in red or yellow: errors and warnings of the console, errors that nobody caught. */
  readonly complaints: string[];
  /** Responses from 400 on, as `401 POST http://…`. */
  readonly refusals: string[];
  /** The hub connections; long polling or server-sent events would show as none. */
  readonly sockets: SocketFacts[];
}

export function collectFacts(page: Page): PageFacts {
  const facts: PageFacts = { printed: [], complaints: [], refusals: [], sockets: [] };
  page.on('console', (message) => {
    const from = message.location().url;
    const line = `${message.type()}: ${message.text()}${from ? ` (${from})` : ''}`;
    facts.printed.push(line);
    if (message.type() === 'error' || message.type() === 'warning') facts.complaints.push(line);
  });
  page.on('pageerror', (error) => facts.complaints.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('response', (response) => {
    if (response.status() < 400) return;
    facts.refusals.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  page.on('websocket', (socket) => {
    const seen: SocketFacts = { url: socket.url(), openedAt: Date.now(), closedAt: null };
    facts.sockets.push(seen);
    socket.on('close', () => (seen.closedAt = Date.now()));
  });
  return facts;
}
