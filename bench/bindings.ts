/// <reference types="node" />
/**
 * What a page with React or Vue makes of many messages: commits a second, how long a key that a user types waits for the next
 * paint, and what is lost; naive (state set for each message on raw SignalR), by the most used hooks of others, and by ours;
 * `idle` renders nothing of them: what the machine makes of a key. A
 * Node hub sends, real Chromium shows, a real key comes every 100 ms. Needs built packages (`npm run build`).
 *
 * `--seconds=5` (of messages, at each rate), `--client=react-ours` (one of them alone)
 */
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { serveBuilt } from '../e2e/serve-built.js';
import { launchBrowser } from '../e2e/browser.ts';
import type { Figures } from './bindings/page/figures.ts';
import { atMost, exactly, judge, type Verdict } from './limits.ts';
import { startNodeHub, type NodeHub } from './node-hub.ts';
import { numberOption, option, percentile, printTable } from './table.ts';

const seconds = numberOption('seconds', 5);
const rates = [1_000, 10_000];
const only = option('client');
const clients = [
  'react-idle',
  'react-naive',
  'react-use-signalr-hub',
  'react-react-signalr',
  'react-@dammers/use-signalr-react',
  'react-ours',
  'vue-naive',
  'vue-@dreamonkey/vue-signalr',
  'vue-ours',
].filter((client) => only === undefined || client === only);

interface Result {
  commits: number;
  lags: readonly number[];
  lost: number;
}

const pages = await serveBuilt(fileURLToPath(new URL('./bindings/vite.config.ts', import.meta.url)));
const hub = await startNodeHub();
const browser = await launchBrowser();
const verdicts: Verdict[] = [];
for (const rate of rates) {
  const rows: Record<string, Record<string, string | number>> = {};
  for (const client of clients) {
    const { commits, lags, lost } = await measure(browser, hub, client, rate);
    const most = percentile(lags, 0.99);
    rows[client] = {
      'commits/s': commits.toFixed(0),
      'input lag, ms: p50': percentile(lags, 0.5).toFixed(0),
      p99: most.toFixed(0),
      most: percentile(lags, 1).toFixed(0),
      keys: lags.length,
      lost: client === 'react-idle' ? '–' : lost,
    };
    if (!client.endsWith('ours')) continue;
    const what = `${client} at ${rate} messages/s`;
    verdicts.push(
      atMost(`${what}: commits a second`, commits, 70),
      atMost(`${what}: input lag, p99`, most, 100, ' ms'),
      exactly(`${what}: messages lost`, lost, 0),
    );
  }
  printTable(`${rate} messages/s for ${seconds} s`, rows);
}
await browser.close();
await hub.stop();
await pages.close();
judge(verdicts);

async function measure(browser: Browser, hub: NodeHub, client: string, rate: number): Promise<Result> {
  const page = await browser.newPage();
  await page.goto(`${pages.url}?${new URLSearchParams({ client, url: hub.plain })}`);
  while ((await hub.connections()) === 0) await sleep(50);
  // Handlers are there, and nothing is under way any more.
  await sleep(500);
  await page.getByLabel('A user types meanwhile').focus();
  const before = await figuresOf(page);
  const started = performance.now();
  const typing = typeUntil(page, started + 1000 * seconds);
  await hub.send(rate, rate * seconds);
  await typing;
  const { lags, shown, commits } = await settled(page, rate * seconds);
  const took = (performance.now() - started) / 1000;
  await page.close();
  while ((await hub.connections()) > 0) await sleep(50);
  return { commits: (commits - before.commits) / took, lags, lost: rate * seconds - shown };
}

/** A key every 100 ms, whether the page keeps up or not. */
async function typeUntil(page: Page, end: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const pressed: Promise<unknown>[] = [];
  for (let next = performance.now(); next < end; next += 100) {
    await sleep(next - performance.now());
    const key = { key: 'x', code: 'KeyX', text: 'x' };
    pressed.push(session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key }));
    pressed.push(session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key }));
  }
  await Promise.all(pressed);
}

/** When all of them are on the screen, or nothing more has come for a second. */
async function settled(page: Page, wanted: number): Promise<Figures> {
  for (let before = -1; ; await sleep(1000)) {
    const figures = await figuresOf(page);
    if (figures.shown === wanted || figures.shown === before) return figures;
    before = figures.shown;
  }
}

function figuresOf(page: Page): Promise<Figures> {
  return page.evaluate(() => ({ ...window.figures, lags: [...window.figures.lags] }));
}
