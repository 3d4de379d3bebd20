/// <reference types="node" />
import { setTimeout } from 'node:timers';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { labKind, startLab } from '../lab/index.ts';
import { names } from './bindings/contract.ts';
import { frameworks, openBindingsPage } from './bindings/page.ts';

it.each(frameworks)(
  '23. Unmount during start: nothing is connected and nothing is logged; mounting again gives one connection (%s)',
  async (framework) => {
    const lab = await startLab(labKind(), { allowAnonymous: true });
    onTestFinished(() => lab.close());
    const { page, facts } = await openBindingsPage(framework, 'development');
    await negotiateTakes(page, 1000);
    // What the framework itself has to say when it is loaded.
    const printed = facts.printed.length;

    await page.evaluate((url) => window.bindings.mount(url), lab.url);
    await after(page, 500);
    await page.evaluate(() => window.bindings.unmount());
    await after(page, 3000);
    expect([await lab.connections(), facts.sockets, facts.printed.slice(printed)]).toEqual([[], [], []]);

    await page.evaluate((url) => window.bindings.mount(url), lab.url);
    await everybodyShows(page, 'connected, joined, 0');
    expect([(await lab.connections()).length, facts.sockets.length]).toEqual([1, 1]);
    expect([facts.printed.slice(printed), facts.complaints]).toEqual([[], []]);
  },
);

it.each(frameworks)(
  '23. StrictMode: five components make one connection and one join, and hear each message once (%s)',
  async (framework) => {
    const lab = await startLab(labKind(), { allowAnonymous: true });
    onTestFinished(() => lab.close());
    const { page, facts } = await openBindingsPage(framework, 'development');
    await page.evaluate((url) => window.bindings.mount(url), lab.url);
    await everybodyShows(page, 'connected, joined, 0');

    for (const text of ['one', 'two']) await lab.toGroup('news', 'GroupMessage', 'news', text);
    const heard = ['one', 'two'].flatMap((text) => names.map((name) => `${name} ${text}`));
    await expect.poll(() => page.evaluate(() => window.bindings.heard)).toEqual(heard);
    expect([(await lab.connections()).length, facts.sockets.length]).toEqual([1, 1]);
    const calls = (await lab.calls()).map(({ method }) => method);
    expect(calls.toSorted()).toEqual(['JoinGroup', 'NumbersSince']);

    await page.evaluate(() => window.bindings.unmount());
    await lab.waitFor('nobody is connected', ({ connections }) => connections.length === 0);
    expect(facts.complaints).toEqual([]);
  },
);

/** The server, or the network, is slow. */
function negotiateTakes(page: Page, ms: number): Promise<unknown> {
  return page.route('**/negotiate?*', (route) => {
    // The page may have given it up by then.
    setTimeout(() => void route.continue().catch(() => {}), ms);
  });
}

/** Resolves so long after the page was mounted, by its own clock. */
function after(page: Page, ms: number): Promise<unknown> {
  return page.waitForFunction((wait) => performance.now() - window.bindings.mountedAt() >= wait, ms);
}

async function everybodyShows(page: Page, text: string): Promise<void> {
  for (const name of names) await page.getByTestId(name).getByText(text, { exact: true }).waitFor();
}
