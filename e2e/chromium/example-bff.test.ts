/// <reference types="node" />
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Bff, type BffOptions, startBff } from '../../examples/bff/bff.ts';
import { launchBrowser } from '../browser.ts';
import { collectFacts, type PageFacts } from './page-facts.ts';
import { eventually } from './visit.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser({ cookiesToOtherSites: true });
});
afterAll(() => browser?.close());

/** Somebody’s tab. */
interface Tab {
  readonly page: Page;
  readonly facts: PageFacts;
  readonly context: BrowserContext;
  button(name: string | RegExp): Locator;
  notes(): Promise<string[]>;
  write(text: string): Promise<void>;
  isLoggedOut(): Promise<void>;
}

function bffForTests(options: BffOptions): { readonly bff: Bff } {
  let bff: Bff | null = null;
  beforeAll(async () => void (bff = await startBff(options)));
  afterAll(() => bff?.close());
  return {
    get bff() {
      if (!bff) throw new Error('The server runs during tests only.');
      return bff;
    },
  };
}

async function newUser(look: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
  const context = await browser.newContext(look);
  onTestFinished(() => context.close());
  context.setDefaultTimeout(15_000);
  return context;
}

async function open({ pageUrl }: Bff, context: BrowserContext): Promise<Tab> {
  const page = await context.newPage();
  const facts = collectFacts(page);
  await page.goto(pageUrl);
  const button: Tab['button'] = (name) => page.getByRole('button', { name, exact: true });
  return {
    page,
    facts,
    context,
    button,
    notes: () => page.getByRole('list', { name: 'Notes', exact: true }).locator('p').allInnerTexts(),
    async write(text) {
      await page.getByLabel('New note', { exact: true }).fill(text);
      await button('Write').click();
    },
    async isLoggedOut() {
      await page.getByRole('heading', { name: 'Notes for everybody', exact: true }).waitFor();
      await page.getByText('Not logged in.', { exact: true }).waitFor();
    },
  };
}

async function isConnected({ page }: Tab): Promise<void> {
  await page.locator('[data-testid=connection][data-status=connected]').waitFor();
}

async function giveName({ page, button }: Tab, user: 'alice' | 'bob', password: string): Promise<void> {
  await page.getByRole('heading', { name: 'Log in to the notes', exact: true }).waitFor();
  await page.getByLabel('User name', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button('Log in').click();
}

async function logIn(bff: Bff, user: 'alice' | 'bob', context?: BrowserContext): Promise<Tab> {
  const tab = await open(bff, context ?? (await newUser()));
  await tab.isLoggedOut();
  await tab.button('Log in').click();
  await giveName(tab, user, user === 'alice' ? 'wonderland' : 'builder');
  await tab.page.waitForURL(bff.pageUrl);
  await isConnected(tab);
  expect(await tab.page.getByTestId('user').innerText()).toBe(user === 'alice' ? 'Alice' : 'Bob');
  return tab;
}

/** What the browser holds, as the server asked for it. */
async function cookies({ context }: Tab) {
  const held = await context.cookies();
  return held
    .map(({ name, sameSite, secure, httpOnly }) => ({ name, sameSite, secure, httpOnly }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** What a page asks of a server, and is answered, whether its scripts may know or not. A line for each request. */
async function watchWire(page: Page, serverUrl: string): Promise<string[]> {
  const wire: string[] = [];
  const asked = new Map<string, string>();
  const carried = new Set<string>();
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Network.enable');
  devTools.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const { origin, pathname } = new URL(request.url);
    if (origin === serverUrl) asked.set(requestId, `${request.method} ${pathname}`);
  });
  devTools.on('Network.requestWillBeSentExtraInfo', ({ requestId, associatedCookies }) => {
    const sent = associatedCookies.filter(({ blockedReasons }) => blockedReasons.length === 0);
    if (sent.some(({ cookie }) => cookie.name === 'notes-session')) carried.add(requestId);
  });
  devTools.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
    const cookie = carried.has(requestId) ? 'with' : 'without';
    if (asked.has(requestId)) wire.push(`${asked.get(requestId)} ${cookie} cookie: ${statusCode}`);
  });
  return wire;
}

describe.each([
  { where: 'on the same site', crossSite: false, sameSite: 'Lax' },
  { where: 'on another site', crossSite: true, sameSite: 'None' },
])('a page whose server is $where', ({ crossSite, sameSite }) => {
  const here = bffForTests({ crossSite });

  it('logs in at the server, and reads and writes with the cookie and the anti-forgery token', async () => {
    const [alice, bob] = await Promise.all([logIn(here.bff, 'alice'), logIn(here.bff, 'bob')]);
    const secure = crossSite;
    expect(await cookies(alice)).toEqual([
      { name: 'notes-csrf', sameSite, secure, httpOnly: true },
      { name: 'notes-session', sameSite, secure, httpOnly: true },
    ]);

    await alice.write('By HTTP, told by the hub');
    await eventually(() => bob.notes()).toEqual(['By HTTP, told by the hub']);
    await bob.button('Remove “By HTTP, told by the hub”').click();
    await eventually(() => alice.notes()).toEqual([]);

    for (const { facts } of [alice, bob]) {
      expect(facts).toMatchObject({ complaints: [], refusals: [] });
      expect(facts.sockets).toHaveLength(1);
    }
  });

  it('logs out: the connection is closed, then the session ended, in the other tab as well', async () => {
    const happened: string[] = [];
    const alice = await logIn(here.bff, 'alice');
    const other = await open(here.bff, alice.context);
    await isConnected(other);
    alice.page.on('request', (request) => {
      if (request.url().endsWith('/bff/logout')) {
        happened.push(alice.facts.sockets.every(({ closedAt }) => closedAt !== null) ? 'closed' : 'open', 'logged out');
      }
    });

    await alice.button('Log out').click();

    await alice.isLoggedOut();
    await other.isLoggedOut();
    expect(happened).toEqual(['closed', 'logged out']);
    expect(await alice.page.getByText('Your session has ended').isVisible()).toBe(false);
    expect(await other.page.getByText('Your session has ended').isVisible()).toBe(true);
    expect(await other.page.getByRole('listitem').count()).toBe(0);
    for (const { facts } of [alice, other]) expect(facts).toMatchObject({ complaints: [], refusals: [] });
    await alice.page.reload();
    await alice.isLoggedOut();
  });
});

describe('the notes', () => {
  const here = bffForTests({});

  it('send the anti-forgery token with negotiate and with what changes something, and are refused without it', async () => {
    const context = await newUser();
    const sent: string[] = [];
    context.on('request', (request) => {
      if (request.method() !== 'POST' || request.url().endsWith('/bff/login')) return;
      const { 'x-csrf-token': token } = request.headers();
      sent.push(`${new URL(request.url()).pathname} ${token ? 'with' : 'without'}`);
    });
    const alice = await logIn(here.bff, 'alice', context);
    await alice.write('Signed and sealed');
    await eventually(() => alice.notes()).toContain('Signed and sealed');
    expect(sent).toEqual(['/hubs/notes/negotiate with', '/api/notes with']);

    // The cookies of Alice and no token: what a form of another page could make the browser send.
    for (const path of ['/hubs/notes/negotiate?negotiateVersion=1', '/api/notes', '/bff/logout']) {
      const response = await context.request.post(here.bff.serverUrl + path, { data: { text: 'forged' } });
      expect([path, response.status()]).toEqual([path, 403]);
    }
    expect(await alice.notes()).not.toContain('forged');
  });

  it('connect again with a newer anti-forgery token where one was refused', async () => {
    const context = await newUser();
    const statuses: number[] = [];
    context.on('response', (response) => {
      if (response.url().includes('/negotiate')) statuses.push(response.status());
    });
    await context.route(
      '**/negotiate?**',
      async (route) => {
        const { 'x-csrf-token': _, ...headers } = await route.request().allHeaders();
        await route.continue({ headers: { ...headers, 'x-csrf-token': 'of another session' } });
      },
      { times: 1 },
    );

    const alice = await logIn(here.bff, 'alice', context);

    expect(statuses).toEqual([403, 200]);
    expect(await alice.page.getByRole('alert').isVisible()).toBe(false);
  });

  it('show the login again when the session is ended from elsewhere, and nothing of it stays', async () => {
    const alice = await logIn(here.bff, 'alice');
    await alice.write('For my eyes only');
    await eventually(() => alice.notes()).toContain('For my eyes only');
    const tab = await open(here.bff, alice.context);
    await isConnected(tab);

    await tab.button(/^End my sessions/).click();

    for (const each of [alice, tab]) {
      await each.isLoggedOut();
      await each.page.getByText('Your session has ended. Log in to go on.', { exact: true }).waitFor();
      await eventually(() => each.button('Log in').evaluate((button) => button === document.activeElement)).toBe(true);
      expect(await each.page.content()).not.toContain('For my eyes only');
      expect(each.facts).toMatchObject({ complaints: [], refusals: [] });
    }
    await alice.button('Log in').click();
    await giveName(alice, 'alice', 'wonderland');
    await isConnected(alice);
    expect(await alice.notes()).toContain('For my eyes only');
  });

  it('notice with the next request that the session is gone, and end the hub’s with it', async () => {
    const alice = await logIn(here.bff, 'alice');
    await alice.context.clearCookies({ name: 'notes-session' });

    await alice.write('Nobody’s note');

    await alice.isLoggedOut();
    expect(alice.facts.refusals).toEqual([`401 POST ${here.bff.serverUrl}/api/notes`]);
    await eventually(() => alice.facts.sockets.map(({ closedAt }) => closedAt !== null)).toEqual([true]);
    expect(await alice.page.getByRole('alert').isVisible()).toBe(false);
  });

  it('say in words that the server does not answer, and keep what was written', async () => {
    const alice = await logIn(here.bff, 'alice');
    await alice.page.route('**/api/notes', (route) => route.abort());

    await alice.write('Not yet');

    const alert = alice.page.getByRole('alert');
    await alert.getByText('The server does not answer. Try again in a moment.').waitFor();
    expect(await alice.page.getByLabel('New note', { exact: true }).inputValue()).toBe('Not yet');
    await alice.button('Dismiss').click();
    await alert.waitFor({ state: 'hidden' });
  });

  it('say when they try again to connect', async () => {
    const alice = await logIn(here.bff, 'alice');
    await alice.page.route('**/hubs/notes/negotiate*', (route) => route.abort());

    await alice.page.reload();

    await alice.page
      .getByTestId('connection')
      .filter({ hasText: /Connecting in \d+ s …/ })
      .waitFor();
  });

  it('say that a logout did not reach the server, where the session goes on', async () => {
    const alice = await logIn(here.bff, 'alice');
    await alice.page.route('**/bff/logout', (route) => route.abort());
    await alice.button('Log out').click();
    await alice.isLoggedOut();
    await alice.page.getByRole('alert').getByText('Your session goes on there', { exact: false }).waitFor();

    await alice.page.unroute('**/bff/logout');
    await alice.page.reload();
    await isConnected(alice);
    await alice.button('Log out').click();
    await alice.isLoggedOut();
    expect(await alice.page.getByRole('alert').isVisible()).toBe(false);
    await alice.page.reload();
    await alice.isLoggedOut();
  });

  it('say that a password is wrong, and send nobody to a page that they do not know', async () => {
    const bob = await open(here.bff, await newUser());
    await bob.button('Log in').click();
    await giveName(bob, 'bob', 'wrong');
    await bob.page.getByRole('alert').getByText('User name or password is wrong', { exact: false }).waitFor();
    expect(await bob.page.getByLabel('User name', { exact: true }).inputValue()).toBe('bob');

    const elsewhere = new URLSearchParams({ return: here.bff.foreignUrl });
    const response = await bob.context.request.get(`${here.bff.serverUrl}/bff/login?${elsewhere}`);
    expect([response.status(), await response.text()]).toEqual([400, 'There is no such page to go back to.']);
  });

  it('are closed to the page of another origin, though the browser sends it the cookie', async () => {
    const alice = await logIn(here.bff, 'alice');
    await alice.write('Mine');
    await eventually(() => alice.notes()).toContain('Mine');
    const before = await alice.notes();
    const foreign = await alice.context.newPage();
    const { printed } = collectFacts(foreign);
    const wire = await watchWire(foreign, here.bff.serverUrl);
    await foreign.goto(here.bff.foreignUrl);

    await foreign.getByRole('button', { name: 'Use your session', exact: true }).click();
    await foreign.getByText('That was all.', { exact: true }).waitFor();

    const outcome = await foreign
      .getByRole('list', { name: 'Outcome', exact: true })
      .getByRole('listitem')
      .allInnerTexts();
    expect(outcome).toEqual([
      'To read who you are: failed, Failed to fetch.',
      'To write a note in your name: sent; of the answer there is nothing to be seen (opaque).',
      'To negotiate with the hub: failed, Failed to fetch.',
      'To open a socket to the hub: failed, the socket was refused.',
      'That was all.',
    ]);
    // Each of them carried the session, and it was the server that refused.
    await eventually(() => wire).toEqual([
      'GET /bff/session with cookie: 403',
      'POST /api/notes with cookie: 403',
      'POST /hubs/notes/negotiate with cookie: 403',
    ]);
    expect(printed.filter((line) => line.includes('WebSocket'))).toEqual([
      expect.stringContaining('Unexpected response code: 403'),
    ]);
    await alice.write('Still mine');
    await eventually(() => alice.notes()).toEqual([...before, 'Still mine']);
  });

  it('are no wider than a phone, logged out and logged in, in the dark too', async () => {
    const overflow = ({ page }: Tab): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    const phone = await newUser({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    const bob = await open(here.bff, phone);
    await bob.isLoggedOut();
    expect(await overflow(bob)).toBe(0);

    await bob.button('Log in').click();
    await giveName(bob, 'bob', 'builder');
    await isConnected(bob);
    await bob.write('long'.repeat(60));
    await eventually(() => bob.notes()).toContain('long'.repeat(60));
    expect(await overflow(bob)).toBe(0);
  });
});

it('asks for the login again when the session has lived its time', async () => {
  const bff = await startBff({ sessionLifetime: 4 });
  onTestFinished(() => bff.close());
  const bob = await logIn(bff, 'bob');

  await bob.isLoggedOut();

  await bob.page.getByText('Your session has ended. Log in to go on.', { exact: true }).waitFor();
  expect(bob.facts).toMatchObject({ complaints: [], refusals: [] });
  expect(bob.facts.sockets).toHaveLength(1);
});
