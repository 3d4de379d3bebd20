import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { expireStoredToken, logIn, openBrowser, refreshes, type Tab } from './tabs.ts';
import { eventually } from './visit.ts';

const count = 10;
const lifetime = 15;
const demo = demoForTests();

it('8. ten tabs whose token expires at the same time cost one token request, and the family lives', async () => {
  const { chat } = demo;
  chat.provider.setAccessTokenLifetime(lifetime);
  const { context, openTab } = await openBrowser(demo);
  const first = await openTab();
  await logIn(first);
  const tabs = [first];
  while (tabs.length < count) tabs.push(await openTab());
  await Promise.all(tabs.map((tab) => tab.isConnected()));
  const token = first.lastToken();
  expect(new Set(tabs.map((tab) => tab.lastToken()))).toEqual(new Set([token]));
  const before = refreshes(demo).length;
  expect(before).toBe(0);

  // The first answer comes when it is due for all of them, and not before.
  const expiresAt = (await first.page.evaluate(() => window.tab.hub.getSnapshot().tokenExpiresAt)) ?? 0;
  await context.route(
    `${chat.provider.issuer}/token`,
    async (route) => {
      await first.page.waitForFunction((time) => Date.now() > time, expiresAt - 500);
      await route.continue();
    },
    { times: 1 },
  );
  // The hub learns of the next one on each connection.
  chat.provider.setAccessTokenLifetime(3600);
  await eventually(() => tabs.filter((tab) => tab.lastToken() !== token).length, 3 * lifetime * 1000).toBe(count);
  await Promise.all(tabs.map((tab) => tab.isConnected()));

  expect(refreshes(demo)).toEqual([expect.objectContaining({ status: 200, error: null })]);
  expect(new Set(tabs.map((tab) => tab.lastToken())).size).toBe(1);
  // The family lives: the next one is had with the refresh token of the last.
  await works(tabs[3]!);
  expect(await sessionsEnded(tabs)).toBe(0);
});

it('8. ten tabs that a browser opens again with an expired token cost one token request', async () => {
  const { chat } = demo;
  chat.provider.setAccessTokenLifetime(3600);
  const { context, openTab } = await openBrowser(demo);
  const first = await openTab();
  await logIn(first);
  await first.page.close();
  await expireStoredToken(demo, context);
  const before = refreshes(demo).length;

  // The answer comes when all of them are there and want it.
  const opening = Promise.all(Array.from({ length: count }, openTab));
  await context.route(
    `${chat.provider.issuer}/token`,
    async (route) => {
      await opening;
      await route.continue();
    },
    { times: 1 },
  );
  const tabs = await opening;
  await Promise.all(tabs.map((tab) => tab.isConnected()));

  expect(refreshes(demo).slice(before)).toEqual([expect.objectContaining({ status: 200, error: null })]);
  expect(new Set(tabs.map((tab) => tab.lastToken())).size).toBe(1);
  await works(tabs[7]!);
  expect(await sessionsEnded(tabs)).toBe(0);
});

/** The stored refresh token is the one that the provider would take. */
async function works({ page }: Tab): Promise<void> {
  const before = refreshes(demo).length;
  await page.evaluate(() => window.tab.auth.manager.signinSilent());
  expect(refreshes(demo).slice(before)).toEqual([expect.objectContaining({ status: 200, error: null })]);
}

async function sessionsEnded(tabs: readonly Tab[]): Promise<number> {
  const events = await Promise.all(tabs.map((tab) => tab.events()));
  return events.flat().filter((event) => event.startsWith('sessionEnded')).length;
}
