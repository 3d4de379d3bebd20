import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { logIn, openBrowser, refreshes, standStill } from './tabs.ts';
import { eventually } from './visit.ts';

const demo = demoForTests();
/** Seconds. */
const lifetime = 6;

it('19. a page that stood still until its token and its connection were over is back with one refresh, before it negotiates', async () => {
  const { provider, hub } = demo.chat;
  provider.setAccessTokenLifetime(lifetime);
  const { context, openTab } = await openBrowser(demo);
  const tab = await openTab();
  await logIn(tab);
  const answered: string[] = [];
  tab.page.on('response', (response) => {
    const [what] = /(token|negotiate)$/.exec(new URL(response.url()).pathname) ?? [];
    if (what && response.request().method() === 'POST') answered.push(what);
  });

  const wake = await standStill(tab);
  const token = tab.lastToken();
  const before = refreshes(demo).length;
  await eventually(() => hub.events.entries.at(-1), 40_000).toMatchObject({
    type: 'disconnected-finished',
    userId: 'alice',
  });
  provider.setAccessTokenLifetime(3600);
  answered.length = 0;

  // It wakes without a network.
  await context.setOffline(true);
  await wake();
  await eventually(() => tab.status()).toBe('reconnecting');

  const onlineAt = Date.now();
  await context.setOffline(false);
  await tab.isConnected();

  expect(Date.now() - onlineAt).toBeLessThan(10_000);
  expect(refreshes(demo).slice(before)).toEqual([expect.objectContaining({ status: 200, error: null })]);
  expect(answered).toEqual(['token', 'negotiate']);
  expect(tab.lastToken()).not.toBe(token);
  expect(tab.facts.refusals).toEqual([]);
  expect(await tab.page.evaluate(() => window.tab.hub.getSnapshot())).toMatchObject({
    auth: 'authenticated',
    userId: 'alice',
  });
  expect(await tab.events()).not.toContain('sessionEnded');
});
