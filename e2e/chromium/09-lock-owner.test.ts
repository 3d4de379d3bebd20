/// <reference types="node" />
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Route } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { demoForTests } from './demo.ts';
import { expireStoredToken, logIn, openBrowser, refreshes, standStill, type Tab } from './tabs.ts';
import { eventually } from './visit.ts';

const demo = demoForTests();
const granted = expect.objectContaining({ status: 200, error: null });

it('9. a tab that is closed before its refresh has reached the provider costs the others one request and no time', async () => {
  const { holder, others, before } = await oneTabRefreshes('lost on its way');

  const closedAt = Date.now();
  await holder.page.close();
  for (const other of others) await other.isConnected();

  expect(refreshes(demo).slice(before)).toEqual([granted]);
  expect(refreshes(demo).at(-1)!.at - closedAt).toBeLessThan(2_000);
  expect(new Set(others.map((other) => other.lastToken())).size).toBe(1);
});

it('9. a tab that is closed when the provider has spent its refresh token: one more request, and one end', async () => {
  const { holder, others, before } = await oneTabRefreshes('answered to nobody');

  const closedAt = Date.now();
  await holder.page.close();
  for (const { page } of others) {
    await eventually(() => page.evaluate(() => window.tab.hub.getSnapshot())).toMatchObject({
      status: 'disconnected',
      auth: 'signed-out',
    });
  }

  // The provider takes it for a theft and revokes the family; what can be saved is only that everybody asks.
  expect(refreshes(demo).slice(before)).toEqual([
    granted,
    expect.objectContaining({ status: 400, error: 'invalid_grant' }),
  ]);
  expect(refreshes(demo).at(-1)!.at - closedAt).toBeLessThan(2_000);
});

it('9. a tab that stands still while it refreshes loses its turn to one of the others, and only to one', async () => {
  const { holder, others, before } = await oneTabRefreshes('lost on its way');

  const stoppedAt = Date.now();
  // It keeps its lock, and answers nobody.
  await standStill(holder);
  for (const other of others) await other.isConnected();

  expect(refreshes(demo).slice(before)).toEqual([granted]);
  // Three questions without an answer and one to be sure, of a second each.
  const { at } = refreshes(demo).at(-1)!;
  expect(at - stoppedAt).toBeGreaterThan(2_000);
  expect(at - stoppedAt).toBeLessThan(6_500);
});

it('9. a tab that only takes its time keeps its turn: the others wait, and get its token', async () => {
  const { holder, others, before, answer } = await oneTabRefreshes('slow');
  // Longer than it takes to give up a tab that is silent.
  await holder.page.waitForFunction((since) => Date.now() - since > 8_000, Date.now());
  expect(refreshes(demo)).toHaveLength(before);

  await answer();
  for (const tab of [holder, ...others]) await tab.isConnected();

  expect(refreshes(demo).slice(before)).toEqual([granted]);
});

interface Refreshing {
  /** The tab whose request is under way, and those that wait for it. */
  holder: Tab;
  others: Tab[];
  /** How many refreshes the provider had seen before. */
  before: number;
  /** Lets a slow request go. */
  answer(): Promise<void>;
}

/** Three tabs with an expired user: one of them is at the token end point, from which no answer comes. */
async function oneTabRefreshes(request: 'slow' | 'lost on its way' | 'answered to nobody'): Promise<Refreshing> {
  demo.chat.provider.setAccessTokenLifetime(3600);
  const nowhere = await startNowhere();
  const { context, openTab } = await openBrowser(demo);
  const first = await openTab();
  await logIn(first);
  await first.page.close();
  await expireStoredToken(demo, context);
  const before = refreshes(demo).length;

  const asked = new Promise<Route>((resolve) => {
    const handle = async (route: Route): Promise<void> => {
      await context.unroute(address, handle);
      if (request === 'answered to nobody') await route.fetch();
      // A request that is merely held back would be sent after all when its page is closed.
      if (request !== 'slow') await route.continue({ url: nowhere });
      resolve(route);
    };
    const address = `${demo.chat.provider.issuer}/token`;
    void context.route(address, handle);
  });
  const tabs = [await openTab(), await openTab(), await openTab()];
  const route = await asked;
  const holder = tabs.find(({ page }) => page === route.request().frame().page());
  if (!holder) throw new Error('The token was asked for by none of these tabs.');
  return {
    holder,
    others: tabs.filter((tab) => tab !== holder),
    before,
    answer: () => route.continue(),
  };
}

/** An address that takes every request and answers none. */
async function startNowhere(): Promise<string> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
