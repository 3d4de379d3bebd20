/// <reference types="node" />
import type { Page } from 'playwright-core';

/**
 * What a page has gone through, line by line with the time (UTC): its requests and their answers, its sockets, its console,
 * and whatever else it is told. Of an address the path alone: a query may hold a token.
 */
export interface Diary {
  readonly lines: readonly string[];
  note(what: string): void;
}

export function keepDiary(page: Page): Diary {
  const lines: string[] = [];
  let count = 0;
  const numbers = new WeakMap<object, number>();
  const note = (what: string): void => void lines.push(`${new Date().toISOString().slice(11, 23)} ${what}`);
  const pathOf = (url: string): string => new URL(url).pathname;
  const numberOf = (one: object): string => {
    const number = numbers.get(one) ?? ++count;
    numbers.set(one, number);
    return `#${number}`;
  };

  page.on('request', (request) => {
    note(`${numberOf(request)} ${request.method()} ${pathOf(request.url())}${grantOf(request.postData())}`);
  });
  page.on('response', (response) => note(`${numberOf(response.request())} ${response.status()}`));
  page.on('requestfailed', (request) => note(`${numberOf(request)} ${request.failure()?.errorText}`));
  page.on('websocket', (socket) => {
    note(`${numberOf(socket)} socket to ${pathOf(socket.url())}`);
    socket.on('socketerror', (error) => note(`${numberOf(socket)} ${error}`));
    socket.on('close', () => note(`${numberOf(socket)} closed`));
  });
  page.on('console', (message) => note(`console: ${message.text().replace(/\?[^\s'"]*/g, '?…')}`));
  return { lines, note };
}

/** Of a form for tokens which kind of grant it asks for, and nothing else. */
function grantOf(body: string | null): string {
  const grant = /^(?:.*&)?grant_type=(\w+)/.exec(body ?? '');
  return grant ? ` ${grant[1]}` : '';
}
