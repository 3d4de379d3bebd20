import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { logIn, openBrowser, refreshes } from './tabs.ts';
import { eventually } from './visit.ts';

const demo = demoForTests();

it('17. logout in one tab closes the hub of the other within 2 s: one end, no token request, one sign-out', async () => {
  const { chat } = demo;
  chat.provider.setAccessTokenLifetime(3600);
  const { openTab } = await openBrowser(demo);
  const here = await openTab();
  await logIn(here);
  const there = await openTab();
  await there.isConnected();
  await there.page.evaluate(() => void (window.tab.events.length = 0));
  const tokensBefore = chat.provider.requests.token.length;
  const endingsBefore = chat.provider.requests.endSession.length;
  const goodbyesBefore = chat.hub.events.entries.length;

  const pressed = Date.now();
  await here.page.evaluate(() => void window.tab.hub.logout());
  await eventually(() => there.facts.sockets.at(-1)?.closedAt ?? Infinity).toBeLessThan(pressed + 2_000);
  await eventually(() => here.page.evaluate(() => window.tab?.hub.getSnapshot().auth)).toBe('anonymous');
  await eventually(() => there.status()).toBe('disconnected');

  expect((await there.events()).filter((event) => event.startsWith('sessionEnded'))).toEqual(['sessionEnded logout']);
  expect(await there.page.evaluate(() => window.tab.hub.getSnapshot())).toMatchObject({
    auth: 'signed-out',
    userId: null,
  });
  // Both connections were over for the hub before the provider was asked, and only by the one tab.
  const finished = chat.hub.events.entries.slice(goodbyesBefore).filter(({ type }) => type === 'disconnected-finished');
  const endings = chat.provider.requests.endSession.slice(endingsBefore);
  expect(finished).toHaveLength(2);
  expect(endings[0]?.at).toBeGreaterThanOrEqual(Math.max(...finished.map(({ at }) => at)));
  expect(there.facts.sockets).toHaveLength(1);
  expect(chat.provider.requests.token).toHaveLength(tokensBefore);
  expect(there.facts.refusals).toEqual([]);

  // Whoever signs in next, in one tab, is connected in both.
  await logIn(here);
  await there.isConnected();
  expect(refreshes(demo)).toEqual([]);
});
