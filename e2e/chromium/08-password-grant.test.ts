/// <reference types="node" />
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { createDeferred } from '../lab/deferred.ts';
import { eventually } from './visit.ts';

declare global {
  interface Window {
    signIn(): Promise<void>;
    signOut(): Promise<void>;
    /** As a hub client that starts. */
    token(): Promise<string | null>;
    changes: string[];
  }
}

/** A page with a source that tabs share, and a token end point whose refresh tokens work once. */
const page = `<!doctype html><script src="/hub.js"></script><script>
  const source = HubCore.passwordGrant({ tokenUrl: '/Token', store: 'local' });
  window.changes = [];
  source.subscribe((change) => changes.push(change));
  window.signIn = () => source.signIn({ username: 'ann', password: 'correct' });
  window.signOut = () => source.signOut();
  window.token = async () => (await source.getToken({ reason: 'connect', force: false, attempt: 0 }))?.token ?? null;
</script>`;

async function startServer() {
  const script = await readFile(join(import.meta.dirname, '../../packages/core/dist/hub.global.min.js'));
  const refreshes: (string | null)[] = [];
  const asked = createDeferred<void>();
  let answers = Promise.resolve();
  let good = '';
  let count = 0;
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url !== '/Token') {
      const isScript = request.url === '/hub.js';
      return void response
        .writeHead(200, { 'Content-Type': isScript ? 'text/javascript' : 'text/html' })
        .end(isScript ? script : page);
    }
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const form = new URLSearchParams(body);
    const refreshToken = form.get('refresh_token');
    if (form.get('grant_type') === 'refresh_token') {
      refreshes.push(refreshToken);
      asked.resolve();
      if (refreshToken !== good) return void response.writeHead(400).end('{"error":"invalid_grant"}');
    }
    good = `refresh-${++count}`;
    // The one of the sign-in has expired at once.
    const lifetime = refreshToken === null ? 0 : 300;
    const tokens = { access_token: `access-${count}`, refresh_token: good, expires_in: lifetime };
    await answers;
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(tokens));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    refreshes,
    asked: asked.promise,
    hold(until: Promise<void>) {
      answers = until;
    },
  };
}

const changes = (tab: Page): Promise<string[]> => tab.evaluate(() => window.changes);
const token = (tab: Page): Promise<string | null> => tab.evaluate(() => window.token());

it('8. five tabs with one expired password grant send its refresh token once, and hear of each other', async () => {
  const server = await startServer();
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const context = await browser.newContext();
  const tabs: Page[] = [];
  while (tabs.length < 5) {
    const tab = await context.newPage();
    await tab.goto(server.url);
    tabs.push(tab);
  }
  const [first, second] = tabs as [Page, Page];

  await first.evaluate(() => window.signIn());
  await Promise.all(tabs.map((tab) => tab.waitForFunction(() => window.changes[0] === 'signed-in')));
  const held = createDeferred<void>();
  server.hold(held.promise);
  const asked = tabs.map(token);
  await server.asked;
  held.resolve();

  expect(await Promise.all(asked)).toEqual(tabs.map(() => 'access-2'));
  expect(server.refreshes).toEqual(['refresh-1']);

  // The one that has renewed it, whichever was first, knows already.
  await eventually(async () => (await Promise.all(tabs.map(changes))).flat().sort()).toEqual([
    ...Array(4).fill('renewed'),
    ...Array(5).fill('signed-in'),
  ]);

  const before = await changes(second);
  await second.evaluate(() => window.signOut());
  await first.waitForFunction(() => window.changes.includes('signed-out'));
  expect(await token(first)).toBeNull();
  // In the tab that did it, nothing is heard twice.
  expect(await changes(second)).toEqual([...before, 'signed-out']);
});
