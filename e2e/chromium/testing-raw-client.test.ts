/// <reference types="node" />
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { JsonHubProtocol } from '@microsoft/signalr';
import { createTestHub, createTestTokens } from '@org/hub-testing';
import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchBrowser } from '../browser.ts';
import type { Report, Transport } from './testing-page/page.ts';

const transports: Transport[] = ['WebSockets', 'ServerSentEvents', 'LongPolling'];
const handshake = '{"protocol":"json","version":1}\x1e';
const abort = '{"type":1,"target":"Abort","arguments":[]}\x1e';

const cleanUp: (() => Promise<unknown>)[] = [];
let browser: Awaited<ReturnType<typeof launchBrowser>>;
let origin = '';

beforeAll(async () => {
  const app = await createServer({
    root: join(import.meta.dirname, 'testing-page'),
    // Where MSW's worker is.
    publicDir: dirname(createRequire(import.meta.url).resolve('msw/mockServiceWorker.js')),
    server: { port: 0 },
    logLevel: 'error',
  });
  cleanUp.push(() => app.close());
  await app.listen();
  origin = new URL(app.resolvedUrls!.local[0]!).origin;
  browser = await launchBrowser();
  cleanUp.push(() => browser.close());
});
afterAll(async () => {
  for (const step of cleanUp.reverse()) await step();
});

/** The page of these tests, in a context of its own; `said()` is all that it has written to the console, objects included. */
async function openPage(): Promise<{ page: Page; said(): Promise<string> }> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const said: Promise<string>[] = [];
  page.on('console', (message) => {
    said.push(Promise.resolve(message.text()));
    // An object as the console shows it: its own properties and those of its prototypes, one level deep.
    for (const argument of message.args()) {
      said.push(
        argument.evaluate((value: unknown) => {
          if (typeof value !== 'object' || value === null) return String(value);
          const shown: string[] = [];
          for (const name in value) shown.push(`${name}: ${String(Reflect.get(value, name))}`);
          return shown.join() + JSON.stringify(value);
        }),
      );
    }
  });
  await page.goto(origin);
  await page.waitForFunction(() => 'testing' in window);
  return { page, said: async () => (await Promise.all(said)).join('\n') };
}

/** A hub on a port of its own: for the page, another origin. */
async function listeningHub() {
  const tokens = createTestTokens();
  const urls: string[] = [];
  const hub = createTestHub({
    authenticate(request) {
      urls.push(request.url);
      return tokens.authenticate(request);
    },
    protocols: [new JsonHubProtocol(), new MessagePackHubProtocol()],
    methods: {
      WhoAmI: ({ userId }) => userId,
      Echo: (_call, value) => value,
      Tell: (call, value) => call.clients.caller.send('Heard', value),
      Abort: (call) => call.abort(),
    },
    streams: {
      *Count(_call, to: number) {
        for (let n = 1; n <= to; n += 1) yield n;
      },
    },
  });
  onTestFinished(() => hub.dispose());
  const { url } = await hub.listen({ cors: [origin] });
  return { hub, url, token: await tokens.issue({ sub: 'ann' }), urls };
}

const expected: Report = { who: 'ann', bytes: 'é', stream: [1, 2, 3], heard: 'line\nline', closed: 'no error' };

test.each(transports)('%s from another origin, with the token where browsers can put it', async (transport) => {
  const { url, token, urls } = await listeningHub();
  const { page } = await openPage();
  expect(await page.evaluate((visit) => window.testing.visit(visit), { url, transport, token })).toEqual(expected);
  // A WebSocket and an event stream cannot carry a header.
  expect(urls.some((asked) => asked.includes('access_token='))).toBe(transport !== 'LongPolling');
});

test.each(['WebSockets', 'LongPolling'] as const)('%s with MessagePack', async (transport) => {
  const { url, token } = await listeningHub();
  const { page } = await openPage();
  const report = await page.evaluate((visit) => window.testing.visit(visit), { url, transport, token, binary: true });
  expect(report).toEqual({ ...expected, bytes: [0, 128, 255] });
});

test.each(transports)('%s to a hub in the page itself', async (transport) => {
  const { page } = await openPage();
  expect(await page.evaluate((name) => window.testing.visitInProcess(name), transport)).toEqual(expected);
});

test.each(transports)('%s through MSW’s service worker, which keeps the token to itself', async (transport) => {
  const { page, said } = await openPage();
  const { report, token } = await page.evaluate((name) => window.testing.visitThroughMsw(name), transport);
  expect(report).toEqual(expected);
  // MSW greets, so the console was heard.
  const text = await said();
  expect(text).toContain('[MSW] Mocking enabled.');
  expect(text).not.toContain(token);
  const stored = await page.evaluate(() => indexedDB.databases());
  expect(stored.map(({ name }) => name)).not.toContain('msw-websocket-clients');
});

test('a socket without a network tells a page what a real one tells it', async () => {
  const { page } = await openPage();
  const hub = createTestHub({ methods: { Abort: (call) => call.abort() } });
  onTestFinished(() => hub.dispose());
  const { url } = await hub.listen();
  const address = url.replace('http', 'ws');
  const real = (send?: string) => page.evaluate(([to, text]) => window.testing.socket(to!, text), [address, send]);
  const ours = (send: string | undefined, fault: 'drop' | 'reject' | 'abort') =>
    page.evaluate(([text, what]) => window.testing.socketInProcess(text, what as 'drop'), [send, fault]);

  const aborted = await real(handshake + abort);
  const off = hub.on('connected', () => hub.drop());
  const dropped = await real(handshake);
  off();
  hub.reject(401, { on: 'upgrade' });
  const refused = await real();
  expect([aborted, dropped, refused]).toEqual([
    ['open', 'message {}\x1e', 'message {"type":7}\x1e', 'close 1000 true'],
    ['open', 'message {}\x1e', 'close 1006 false'],
    ['error', 'close 1006 false'],
  ]);
  expect([
    await ours(handshake + abort, 'abort'),
    await ours(handshake, 'drop'),
    await ours(undefined, 'reject'),
  ]).toEqual([aborted, dropped, refused]);
});
