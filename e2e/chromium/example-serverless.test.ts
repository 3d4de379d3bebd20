/// <reference types="node" />
import { decodeJwt } from 'jose';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { demoUsers } from '../../examples/common/users.ts';
import { type Serverless, startServerless } from '../../examples/serverless/server/serverless.ts';
import { launchBrowser } from '../browser.ts';
import { collectFacts, type PageFacts } from './page-facts.ts';
import { eventually } from './visit.ts';

const harbour = 'Line 4: Harbour – Station';
const zoo = 'Line 7: University – Zoo';

let app: Serverless;
let browser: Browser;

beforeAll(async () => {
  [app, browser] = await Promise.all([startServerless(), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

/** A request that carried a token. */
interface Carried {
  readonly origin: string;
  readonly path: string;
  readonly token: string;
  readonly version: string | undefined;
}

interface Person {
  readonly page: Page;
  readonly facts: PageFacts;
  /** In order; those of sockets, too. */
  carried(): Promise<Carried[]>;
}

interface VisitOptions {
  readonly at?: Serverless;
  readonly width?: number;
  /** In their browser, where the provider knows them. */
  readonly like?: Person;
}

async function visit({ at = app, width = 1280, like }: VisitOptions = {}): Promise<Person> {
  const context = like?.page.context() ?? (await browser.newContext({ viewport: { width, height: 800 } }));
  if (!like) onTestFinished(() => context.close());
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const facts = collectFacts(page);
  const requests: Promise<Carried | null>[] = [];
  page.on('request', (request) => requests.push(carriedBy(request.url(), request.allHeaders())));
  page.on('websocket', (socket) => {
    const url = new URL(socket.url().replace(/^ws/, 'http'));
    requests.push(
      carriedBy(url.href, Promise.resolve({ authorization: `Bearer ${url.searchParams.get('access_token')}` })),
    );
  });
  await page.goto(at.pageUrl);
  return { page, facts, carried: async () => (await Promise.all(requests)).filter((one) => one !== null) };
}

async function carriedBy(url: string, sent: Promise<Record<string, string>>): Promise<Carried | null> {
  // A request of a page that has been left has no headers any more.
  const { authorization, 'x-app-version': version }: Record<string, string | undefined> = await sent.catch(() => ({}));
  const { origin, pathname } = new URL(url);
  return authorization ? { origin, path: pathname, token: authorization.replace(/^Bearer /, ''), version } : null;
}

const press = ({ page }: Person, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click();
const card = ({ page }: Person, line: string): Locator => page.getByRole('region', { name: line, exact: true });

async function logIn(person: Person, id: 'alice' | 'bob'): Promise<void> {
  const { name, password } = demoUsers.find((user) => user.id === id)!;
  await press(person, 'Log in');
  await person.page.getByLabel('User name', { exact: true }).fill(id);
  await person.page.getByLabel('Password', { exact: true }).fill(password);
  await press(person, 'Log in');
  await isConnected(person);
  await eventually(() => person.page.getByTestId('user').innerText()).toBe(name);
}

async function isConnected({ page }: Person): Promise<void> {
  await page.locator('[data-testid=connection][data-status=connected]').waitFor();
}

async function follow(person: Person, line: string): Promise<void> {
  await press(person, `Follow ${line}`);
  await card(person, line).getByRole('textbox').waitFor();
}

async function tell(person: Person, line: string, text: string): Promise<void> {
  await card(person, line).getByRole('textbox').fill(text);
  await card(person, line).getByRole('textbox').press('Enter');
}

const hears = (person: Person, line: string, text: string): Promise<void> =>
  card(person, line).getByText(text, { exact: true }).waitFor();

it('serverless: functions join groups and send to them, and to all tabs of a user', async () => {
  const [alice, bob] = [await visit(), await visit()];
  await logIn(alice, 'alice');
  await logIn(bob, 'bob');
  const other = await visit({ like: alice });
  await press(other, 'Log in');
  await isConnected(other);
  for (const person of [alice, bob]) await follow(person, harbour);
  await follow(alice, zoo);
  await tell(alice, harbour, 'A tree on the tracks.');
  await tell(alice, zoo, 'An elephant on the tracks.');
  await hears(bob, harbour, 'A tree on the tracks.');
  await hears(alice, zoo, 'An elephant on the tracks.');
  // In her other tab as well: the hub knows her by the user id that the function put into its token.
  for (const { page } of [alice, other]) await page.getByText('Your reports: 2.', { exact: true }).waitFor();
  expect(await bob.page.getByText(/Your reports/).count()).toBe(0);

  // Left by a function, too: what is said then is not heard, and found by whoever comes back.
  await press(bob, `Follow ${harbour}`);
  await card(bob, harbour).getByRole('textbox').waitFor({ state: 'hidden' });
  await eventually(() => app.service.hub.connections().filter(({ groups }) => groups.has('line-4')).length).toBe(1);
  await tell(alice, harbour, 'It is gone.');
  await hears(alice, harbour, 'It is gone.');
  expect(await card(bob, harbour).getByText('It is gone.').count()).toBe(0);
  await follow(bob, harbour);
  await hears(bob, harbour, 'It is gone.');
  for (const { facts } of [alice, bob]) expect(facts).toMatchObject({ complaints: [], refusals: [] });
});

it('serverless: a function that refuses a group says why, and is not asked again and again', async () => {
  const bob = await visit();
  await logIn(bob, 'bob');
  await press(bob, 'Follow Depot');
  await card(bob, 'Depot').getByText("'Depot' is for members of the role 'staff'.").waitFor();
  await follow(bob, harbour);
  expect(bob.facts.refusals.map((line) => line.replace(/\/[^/]+$/, ''))).toEqual([
    `403 POST ${app.functions.url}/api/groups/depot`,
  ]);

  const alice = await visit();
  await logIn(alice, 'alice');
  await follow(alice, 'Depot');
  // Whoever knows the id of a connection may still not put it into a group.
  const [{ id } = { id: '' }] = app.service.hub.connections().filter(({ userId }) => userId === 'bob');
  const { token } = (await alice.carried())[0]!;
  const headers = { Authorization: `Bearer ${token}`, 'x-app-version': '2' };
  const stolen = await fetch(`${app.functions.url}/api/groups/depot/${id}`, { method: 'POST', headers });
  expect([id === '', stolen.status]).toEqual([false, 404]);
});

it('serverless: no host sees the token of the other; after a drop the function is asked again, with the token that is good then', async () => {
  const at = await startServerless({ accessTokenLifetime: 5 });
  onTestFinished(() => at.close());
  const [alice, bob] = [await visit({ at }), await visit({ at })];
  await logIn(alice, 'alice');
  await logIn(bob, 'bob');
  for (const person of [alice, bob]) await follow(person, harbour);
  const negotiations = async (): Promise<Carried[]> =>
    (await alice.carried()).filter(({ path }) => path === '/api/negotiate');
  const renewed = at.provider.requests.token.length + 2;
  await eventually(() => at.provider.requests.token.length).toBeGreaterThan(renewed);
  // The app's token has gone, and the connection does not care: it lives on the hub's.
  expect(alice.facts.sockets).toHaveLength(1);

  await press(alice, 'Drop my connection');
  await eventually(() => alice.facts.sockets.length).toBe(2);
  await isConnected(alice);
  await tell(bob, harbour, 'Heard after the drop.');
  await hears(alice, harbour, 'Heard after the drop.');

  const [first, second, ...more] = await negotiations();
  expect(more).toEqual([]);
  expect(decodeJwt(second!.token).jti).not.toBe(decodeJwt(first!.token).jti);
  expect(decodeJwt(second!.token).exp! * 1000).toBeGreaterThan(alice.facts.sockets[1]!.openedAt);

  const hubOrigin = new URL(at.service.clientUrl).origin;
  const carried = await alice.carried();
  const audiences = (origin: string): Set<unknown> =>
    new Set(carried.filter((one) => one.origin === origin).map(({ token }) => decodeJwt(token).aud));
  expect(audiences(at.functions.url)).toEqual(new Set(['urn:tram-api']));
  expect(audiences(hubOrigin)).toEqual(new Set([at.service.clientUrl]));
  expect(new Set(carried.map(({ origin }) => origin))).toEqual(new Set([at.functions.url, hubOrigin]));
  // Each connection got a token of its own, for the user whose request negotiate was.
  const ofHub = carried.filter(({ origin }) => origin === hubOrigin).map(({ token }) => decodeJwt(token));
  expect(new Set(ofHub.map(({ jti }) => jti)).size).toBe(2);
  expect(new Set(ofHub.map(({ sub }) => sub))).toEqual(new Set(['alice']));
  // The header goes wherever negotiate goes: it is no place for a secret.
  const negotiated = carried.filter(({ path }) => path.endsWith('/negotiate'));
  expect(negotiated.map(({ path, version }) => `${path} ${version}`)).toEqual([
    '/api/negotiate 2',
    '/client/negotiate 2',
    '/api/negotiate 2',
    '/client/negotiate 2',
  ]);
  for (const { facts } of [alice, bob]) expect(facts).toMatchObject({ complaints: [], refusals: [] });
});

it('serverless: a page that the function refuses says so in words', async () => {
  const bob = await visit();
  await bob.page.route('**/api/**', async (route) => {
    await route.continue({ headers: { ...(await route.request().allHeaders()), 'x-app-version': '1' } });
  });
  await press(bob, 'Log in');
  await bob.page.getByLabel('User name', { exact: true }).fill('bob');
  await bob.page.getByLabel('Password', { exact: true }).fill('builder');
  await press(bob, 'Log in');
  await bob.page.getByRole('alert').getByText('This page is out of date. Load it again.').first().waitFor();
  await eventually(() => bob.page.getByTestId('connection').getAttribute('data-status')).toBe('disconnected');
  expect(bob.facts.sockets).toEqual([]);
});

it('serverless: functions that do not answer are named, and the text is kept', async () => {
  const alice = await visit();
  await logIn(alice, 'alice');
  await card(alice, harbour).getByRole('button').first().click();
  const field = card(alice, harbour).getByLabel('What is going on?', { exact: true });
  await field.waitFor();
  await alice.page.route('**/reports', (route) => route.abort());

  await field.fill('Slow today');
  await field.press('Enter');

  await alice.page
    .getByRole('alert')
    .getByText('The functions do not answer. Check the network, then reload the page or try again.')
    .waitFor();
  expect(await field.inputValue()).toBe('Slow today');
});

it('serverless: logging out closes the connection and leaves a visitor, as does the end of the session at the provider', async () => {
  const at = await startServerless({ accessTokenLifetime: 5 });
  onTestFinished(() => at.close());
  const bob = await visit({ at });
  await logIn(bob, 'bob');
  await press(bob, 'Log out');
  await bob.page.getByRole('heading', { name: 'Know what your tram is doing' }).waitFor();
  expect(bob.facts.sockets.map(({ closedAt }) => closedAt === null)).toEqual([false]);
  expect(bob.facts).toMatchObject({ complaints: [], refusals: [] });

  await logIn(bob, 'bob');
  await follow(bob, harbour);
  at.provider.revokeAllFor('bob');
  await bob.page.getByRole('heading', { name: 'Know what your tram is doing' }).waitFor();
  await eventually(() => at.service.hub.connections()).toEqual([]);
  expect(await bob.page.getByRole('button', { name: 'Log in', exact: true }).isVisible()).toBe(true);
});

it('serverless: the page is no wider than a phone', async () => {
  const alice = await visit({ width: 360 });
  const overflow = (): Promise<number> =>
    alice.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await overflow()).toBe(0);
  await logIn(alice, 'alice');
  await follow(alice, 'Depot');
  await tell(alice, 'Depot', 'nobreak'.repeat(20));
  await hears(alice, 'Depot', 'nobreak'.repeat(20));
  expect(await overflow()).toBe(0);
});
