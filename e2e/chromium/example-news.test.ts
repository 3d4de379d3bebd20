/// <reference types="node" />
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type News, startNews } from '../../examples/news/news.ts';
import { launchBrowser } from '../browser.ts';
import { collectFacts, type PageFacts } from './page-facts.ts';
import { eventually } from './visit.ts';

const lifetime = 6;
let news: News;
let browser: Browser;

beforeAll(async () => {
  [news, browser] = await Promise.all([
    startNews({ accessTokenLifetime: lifetime, agencyInterval: 150 }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await news?.close();
});

interface Reader {
  readonly page: Page;
  readonly facts: PageFacts;
  button(name: string): Locator;
  follow(topic: string): Locator;
  articles(topic: string): Locator;
  /** The numbers of the articles of a topic, oldest first. */
  numbers(topic: string): Promise<number[]>;
  directMessages(): Promise<string[]>;
}

async function open(watch: (page: Page) => void = () => {}, look: BrowserContextOptions = {}): Promise<Reader> {
  const context = await browser.newContext(look);
  onTestFinished(() => context.close());
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const facts = collectFacts(page);
  watch(page);
  await page.goto(news.pageUrl);
  const articles = (topic: string) =>
    page.getByRole('list', { name: `${topic} articles`, exact: true }).getByRole('listitem');
  return {
    page,
    facts,
    articles,
    button: (name) => page.getByRole('button', { name, exact: true }),
    follow: (topic) => page.getByRole('checkbox', { name: topic, exact: true }),
    numbers: async (topic) => {
      const ids = await articles(topic).evaluateAll((items) => items.map((item) => Number(item.dataset['article'])));
      return ids.toReversed();
    },
    directMessages: () =>
      page.getByRole('list', { name: 'Direct messages', exact: true }).getByRole('listitem').allInnerTexts(),
  };
}

async function logIn(user: 'alice' | 'bob', ...how: Parameters<typeof open>): Promise<Reader> {
  const reader = await open(...how);
  const { page, button } = reader;
  await button('Log in').click();
  await page.getByRole('heading', { name: 'Log in to the news', exact: true }).waitFor();
  await page.getByLabel('User name', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(user === 'alice' ? 'wonderland' : 'builder');
  await button('Log in').click();
  await page.waitForURL(news.pageUrl);
  await isConnected(reader);
  return reader;
}

async function isConnected({ page }: Reader): Promise<void> {
  for (const hub of ['news', 'messages']) {
    await page.locator(`[data-testid=${hub}][data-status=connected]`).waitFor();
  }
}

const isWhole = (numbers: number[]): boolean => numbers.every((number, index) => number === numbers[0]! + index);
const path = (url: string): string => new URL(url).pathname;

it('two lifetimes pass under the page and nothing happens: no hole, one socket a hub, one token request for both', async () => {
  const alice = await logIn('alice');
  const { page, facts } = alice;
  const sockets = () =>
    facts.sockets.map(({ url, closedAt }) => `${path(url)} ${closedAt ? 'closed' : 'open'}`).toSorted();
  const oneEach = ['/hubs/messages open', '/hubs/news open'];
  expect(sockets()).toEqual(oneEach);
  const renewedInPlace: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/refresh?')) renewedInPlace.push(path(request.url()));
  });
  const { token } = news.provider.requests;
  const before = token.length;
  const [first] = await eventuallySome(alice, 'Weather');
  const started = Date.now();

  await page.waitForFunction((until) => Date.now() > until, started + 2.4 * lifetime * 1000, { timeout: 30_000 });

  const seconds = (Date.now() - started) / 1000;
  const numbers = await alice.numbers('Weather');
  const last = numbers.at(-1)!;
  expect(isWhole(numbers)).toBe(true);
  // Three topics take turns.
  expect(last - first!).toBeGreaterThan((seconds * 1000) / 150 / 3 / 2);

  const renewed = token.slice(before);
  expect(renewed).toEqual(renewed.map(() => expect.objectContaining({ grantType: 'refresh_token', status: 200 })));
  expect(renewed.length).toBeGreaterThanOrEqual(Math.floor(seconds / lifetime));
  // A token is renewed when 80 % of its life have passed; provider and hubs tell in whole seconds what is left of it.
  const soonest = 0.8 * (lifetime - 2);
  expect(renewed.length).toBeLessThanOrEqual(Math.ceil(seconds / soonest));
  const pauses = renewed.slice(1).map(({ at }, index) => at - renewed[index]!.at);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(soonest * 1000 - 200);
  // Each of them was given to both connections, which go on.
  await eventually(() => renewedInPlace.filter((each) => each === '/hubs/news/refresh').length).toBe(renewed.length);
  expect(renewedInPlace.filter((each) => each === '/hubs/messages/refresh')).toHaveLength(renewed.length);
  expect(sockets()).toEqual(oneEach);
  expect(await page.getByTestId('renewals').innerText()).toContain('under this page');
  expect(facts).toMatchObject({ complaints: [], refusals: [] });
}, 90_000);

it('follows and leaves topics, with their history, and hears of what others publish', async () => {
  const [alice, bob] = await Promise.all([logIn('alice'), logIn('bob')]);
  await bob.follow('Science').check();
  await bob.follow('Weather').uncheck();
  await eventuallySome(bob, 'Science');
  expect(await bob.articles('Weather').count()).toBe(0);

  await alice.follow('Science').check();
  await alice.page.getByLabel('Headline for Science', { exact: true }).fill('Water was found on a page');
  await alice.page.getByLabel('Headline for Science', { exact: true }).press('Enter');
  await bob.articles('Science').getByRole('heading', { name: 'Water was found on a page', exact: true }).waitFor();
  await bob.page.reload();
  await bob.follow('Science').check();
  await bob.articles('Science').getByRole('heading', { name: 'Water was found on a page', exact: true }).waitFor();
  expect(isWhole(await bob.numbers('Science'))).toBe(true);

  for (const { facts } of [alice, bob]) expect(facts).toMatchObject({ complaints: [], refusals: [] });
});

it('shows who is online, and takes messages between two of them, each once', async () => {
  const [alice, bob] = await Promise.all([logIn('alice'), logIn('bob')]);

  await alice.button('Write to Bob').click();
  await alice.page.getByLabel('Message to Bob', { exact: true }).fill('Only you hear this.');
  await alice.page.getByLabel('Message to Bob', { exact: true }).press('Enter');
  await eventually(() => bob.directMessages()).toEqual(['Alice Only you hear this.']);
  await eventually(() => alice.directMessages()).toEqual(['To Bob Only you hear this.']);

  await bob.page.reload();
  await eventually(() => bob.directMessages()).toEqual(['Alice Only you hear this.']);
  await bob.page.close();
  await alice.button('Write to Bob').waitFor({ state: 'detached' });
  // He has just gone: what was typed for him stays, and the page says why.
  await alice.page.getByLabel('Message to Bob', { exact: true }).fill('Are you there?');
  await alice.page.getByLabel('Message to Bob', { exact: true }).press('Enter');
  await alice.page.getByRole('alert').getByText("'bob' is not online").waitFor();
  expect(await alice.page.getByLabel('Message to Bob', { exact: true }).inputValue()).toBe('Are you there?');
});

it('logs out of both hubs at once, and then of the provider', async () => {
  const happened: string[] = [];
  const alice = await logIn('alice', (page) => {
    page.on('websocket', (socket) => socket.on('close', () => happened.push(`${path(socket.url())} closed`)));
    page.on('request', (request) => {
      if (request.url().startsWith(`${news.provider.issuer}/session/end?`)) happened.push('signed out');
    });
  });

  await alice.button('Log out').click();
  await alice.page.getByRole('heading', { name: 'Read all about it', exact: true }).waitFor();

  expect(happened.slice(0, 2).toSorted()).toEqual(['/hubs/messages closed', '/hubs/news closed']);
  expect(happened.slice(2)).toEqual(['signed out']);
  expect(alice.facts).toMatchObject({ complaints: [], refusals: [] });
  // The session of the provider is over as well: it asks for the password again.
  await alice.button('Log in').click();
  await alice.page.getByLabel('Password', { exact: true }).waitFor();
});

it('is no wider than a phone, logged out and logged in, in the dark too', async () => {
  const overflow = ({ page }: Reader): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const phone = { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } as const;
  const visitor = await open(undefined, phone);
  await visitor.button('Log in').waitFor();
  expect(await overflow(visitor)).toBe(0);

  const bob = await logIn('bob', undefined, phone);
  for (const topic of ['Weather', 'Science', 'Sports']) await bob.follow(topic).check();
  await eventuallySome(bob, 'Sports');
  expect(await overflow(bob)).toBe(0);
});

/** Resolves with the numbers of a topic, as soon as there are any. */
async function eventuallySome(reader: Reader, topic: string): Promise<number[]> {
  await reader.articles(topic).first().waitFor();
  return reader.numbers(topic);
}
