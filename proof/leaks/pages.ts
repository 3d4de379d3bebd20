/// <reference types="node" />
import { fileURLToPath } from 'node:url';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { serveBuilt } from '../../e2e/serve-built.js';
import { growth, steadyHeap } from '../../bench/heap.ts';
import type { NodeHub } from '../../bench/node-hub.ts';
import { launchBrowser } from '../../e2e/browser.ts';
import type { Claim } from '../claim.ts';
import type {} from './page/main.ts';
import { visitsOfPage } from './page/visits.ts';
import { atRest, difference, figureOf, isZero, looks, settled, tolerance } from './routine.ts';

/** What Chromium and the page count, once garbage was collected, and the hub. */
interface Left {
  listeners: number;
  nodes: number;
  /** To the client. */
  subscriptions: number;
  timers: number;
  sockets: number;
  connections: number;
  memberships: number;
}

const variants = [
  { name: 'React 19', share: 1, mode: 'production', query: { framework: 'react' } },
  // A development build, and each is mounted twice.
  { name: 'React 19, StrictMode', share: 0.2, mode: 'development', query: { framework: 'react', strict: '' } },
  { name: 'Vue 3', share: 1, mode: 'production', query: { framework: 'vue' } },
];

/** Mounts and unmounts components with every hook in real Chromium, with messages coming in. */
export async function measurePages(hub: NodeHub, times: number, only: string): Promise<Claim[]> {
  const asked = variants.filter(({ name }) => claimed(name).includes(only));
  if (asked.length === 0) return [];
  const browser = await launchBrowser({ args: [`--js-flags=${steadyHeap.join(' ')}`] });
  // For as long as this takes.
  void hub.send(100, 1e9, 'Added');
  const claims: Claim[] = [];
  for (const { name, share, mode, query } of asked) {
    const count = Math.ceil(times * share);
    const pages = await serveBuilt(fileURLToPath(new URL('./page/vite.config.ts', import.meta.url)), mode);
    const url = `${pages.url}?${new URLSearchParams({ ...query, url: hub.plain })}`;
    const { heap, more, left, seconds } = await measurePage(browser, url, hub, count);
    console.log(`${claimed(name)}: ${seconds.toFixed(0)} s`);
    await pages.close();
    claims.push({
      claim: `${count.toLocaleString('en')} × ${claimed(name)}`,
      server: `Chromium ${browser.version().split('.')[0]} and test hub`,
      figure: figureOf(heap, more, left),
      seed: null,
      holds: heap <= tolerance && isZero(more) && isZero(left),
    });
  }
  await browser.close();
  return claims;
}

const claimed = (name: string): string => `mount and unmount a page with every hook (${name})`;

async function measurePage(browser: Browser, url: string, hub: NodeHub, times: number) {
  const started = performance.now();
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error));
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.goto(url);
  await page.waitForFunction(() => 'openNow' in window);
  const look = (): Promise<Left> => leftIn(page, session, hub);
  const before = await atRest(look);
  const portion = Math.ceil(times / looks / visitsOfPage) * visitsOfPage;
  // Where it is looked at, the page is connected, and the components are away.
  await page.evaluate((count) => window.goOn(count), portion + visitsOfPage / 2);
  const first = await atRest(look);
  const heaps: number[] = [];
  let last = first;
  for (let done = 0; done < times; done += portion) {
    await page.evaluate((count) => window.goOn(count), portion);
    last = await settled(look, first);
    heaps.push((await session.send('Runtime.getHeapUsage')).usedSize);
  }
  await page.evaluate(() => window.end());
  const after = await settled(look, before);
  await page.close();
  return {
    heap: growth(heaps),
    more: difference(last, first),
    left: difference(after, before),
    seconds: (performance.now() - started) / 1000,
  };
}

async function leftIn(page: Page, session: CDPSession, hub: NodeHub): Promise<Left> {
  for (let time = 0; time < 3; time += 1) await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name: string): number => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
  return {
    listeners: metric('JSEventListeners'),
    nodes: metric('Nodes'),
    ...(await page.evaluate(() => window.openNow())),
    connections: await hub.connections(),
    memberships: await hub.memberships(),
  };
}
