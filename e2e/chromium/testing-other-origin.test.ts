/// <reference types="node" />
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as core from '@org/hub-core';
import type { HubClient } from '@org/hub-core';
import { createTestHub, createTestTokens } from '@org/hub-testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser.ts';

declare global {
  interface Window {
    attacked: HubClient;
  }
}

type HubCore = typeof core;

let browser: Browser;
beforeAll(async () => void (browser = await launchBrowser()));
afterAll(() => browser.close());

/** Another port is another origin. */
async function serveOn(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serveApp(): Promise<string> {
  const script = await readFile(new URL('../../packages/core/dist/hub.global.min.js', import.meta.url));
  return serveOn(({ url }, response) => {
    if (url === '/hub.js') response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
    else
      response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<!doctype html><link rel="icon" href="data:,"><script src="/hub.js"></script>');
  });
}

/** Runs in the page: a client whose login its tabs share. */
async function start({ url, token }: { url: string; token: string }): Promise<void> {
  const { createHubClient } = (window as unknown as { HubCore: HubCore }).HubCore;
  localStorage.setItem('hub-core:login', 'the grant');
  const auth = {
    key: 'login',
    getToken: async () => ({ token, userId: 'ann' }),
    signOut: async () => localStorage.clear(),
  };
  window.attacked = createHubClient({ url, auth, logger: 'none' });
  await window.attacked.start();
}

/** Runs in a page: all that it can do to tabs of this login; returns what it could see. */
async function attack(): Promise<{ stored: string[]; locks: string[] }> {
  const message = { type: 'logout', userId: 'ann' };
  new BroadcastChannel('hub-core:login').postMessage(message);
  for (const to of [...document.querySelectorAll('iframe')].map(({ contentWindow }) => contentWindow)) {
    to?.postMessage(message, '*');
    to?.postMessage({ source: 'oidc-client', url: `${location.href}?code=theirs&state=1`, keepOpen: false }, '*');
  }
  const { held = [] } = await navigator.locks.query();
  const seen = { stored: Object.values(localStorage) as string[], locks: held.map(({ name }) => String(name)) };
  void navigator.locks.request('hub-core:login:renewal', () => new Promise(() => {}));
  localStorage.clear();
  return seen;
}

const status = (page: Page): Promise<string> => page.evaluate(() => window.attacked.getSnapshot().status);

it('a page of another origin neither stops, reads nor holds up the tabs of the app; one of its own can', async () => {
  const app = await serveApp();
  const elsewhere = await serveOn((_, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><iframe src="${app}"></iframe>`),
  );
  const tokens = createTestTokens();
  const hub = createTestHub({ authenticate: tokens.authenticate });
  onTestFinished(() => hub.dispose());
  const { url } = await hub.listen({ cors: [app] });
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const [victim, foreign, own] = [await context.newPage(), await context.newPage(), await context.newPage()];
  await victim.goto(app);
  await victim.evaluate(start, { url, token: await tokens.issue({ sub: 'ann' }) });
  await foreign.goto(elsewhere);

  expect(await foreign.evaluate(attack)).toEqual({ stored: [], locks: [] });

  // Whatever was told has been heard by now: this one comes after it, and is answered.
  expect(
    await victim.evaluate(() => navigator.locks.request('hub-core:login:renewal', { ifAvailable: true }, Boolean)),
  ).toBe(true);
  expect([await status(victim), await victim.evaluate(() => localStorage.getItem('hub-core:login'))]).toEqual([
    'connected',
    'the grant',
  ]);
  // The same from within: it would have been seen.
  await own.goto(app);
  expect((await own.evaluate(attack)).stored).toEqual(['the grant']);
  await expect.poll(() => status(victim)).toBe('disconnected');
});

it('an HTTP redirect of negotiate to another origin takes no token there', async () => {
  const heads: IncomingHttpHeaders[] = [];
  const app = await serveApp();
  const open = {
    'Access-Control-Allow-Origin': app,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Headers': 'authorization, x-requested-with, x-signalr-user-agent',
  };
  const target = await serveOn(({ method, headers }, response) => {
    if (method === 'POST') heads.push(headers);
    // A page with a redirect behind it has an origin that is hidden.
    response
      .writeHead(method === 'POST' ? 404 : 204, { ...open, 'Access-Control-Allow-Origin': headers.origin ?? '*' })
      .end();
  });
  const asked: (string | undefined)[] = [];
  const negotiate = await serveOn(({ method, headers }, response) => {
    if (method === 'OPTIONS') return void response.writeHead(204, open).end();
    asked.push(headers.authorization);
    response.writeHead(307, { ...open, Location: `${target}/negotiate` }).end();
  });
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(app);
  const code = await page
    .evaluate(start, { url: `${negotiate}/hub`, token: 'the-token-of-the-app' })
    .then(() => page.evaluate(() => window.attacked.getSnapshot().status), String);

  expect(code).toContain('HubError');
  expect(asked).toEqual(['Bearer the-token-of-the-app']);
  expect(heads.map(({ authorization }) => authorization)).toEqual([undefined]);
});

it('the token is in the query of the socket, where browsers have no other place for it, and in no other address', async () => {
  const app = await serveApp();
  const tokens = createTestTokens();
  const hub = createTestHub({ authenticate: tokens.authenticate, enableAuthenticationRefresh: true });
  onTestFinished(() => hub.dispose());
  const { url } = await hub.listen({ cors: [app] });
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const [requests, sockets]: string[][] = [[], []];
  page.on('request', (request) => requests!.push(request.url()));
  page.on('websocket', (socket) => sockets!.push(socket.url()));
  await page.goto(app);
  const token = await tokens.issue({ sub: 'ann' });
  await page.evaluate(start, { url, token });
  await page.evaluate(() => window.attacked.refreshAuthentication());
  await page.evaluate(() => window.attacked.stop());

  expect(sockets!.map((address) => new URL(address).searchParams.get('access_token'))).toEqual([token]);
  expect(requests!.filter((address) => address.includes('/negotiate'))).toHaveLength(1);
  expect(requests!.filter((address) => address.includes('/refresh'))).toHaveLength(1);
  expect(requests!.filter((address) => address.includes(token))).toEqual([]);
});
