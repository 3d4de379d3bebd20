/// <reference types="node" />
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type SpaPassword, startSpaPassword } from '../../examples/spa-password/server/spa-password.ts';
import { launchBrowser } from '../browser.ts';
import { collectFacts, type PageFacts } from './page-facts.ts';
import { eventually } from './visit.ts';

const password = 'correct-horse';

let app: SpaPassword;
let browser: Browser;
let people = 0;

beforeAll(async () => {
  [app, browser] = await Promise.all([startSpaPassword({}), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

interface Tab {
  readonly page: Page;
  readonly facts: PageFacts;
  /** What the server was asked, as `POST /Token 200`; preflights, and what is not over yet, left out. */
  readonly answers: string[];
}

interface TabOptions {
  /** @default one of its own, which knows nobody */
  readonly context?: BrowserContext;
  readonly at?: SpaPassword;
  readonly width?: number;
}

async function openTab(wayIn: string, { context, at = app, width = 1280 }: TabOptions = {}): Promise<Tab> {
  const own = context ?? (await browser.newContext({ viewport: { width, height: 800 } }));
  if (!context) onTestFinished(() => own.close());
  own.setDefaultTimeout(15_000);
  const page = await own.newPage();
  const facts = collectFacts(page);
  const answers: string[] = [];
  page.on('response', (response) => {
    const url = new URL(response.url());
    if (url.origin !== at.server.origin || response.request().method() === 'OPTIONS') return;
    answers.push(`${response.request().method()} ${url.pathname} ${response.status()}`);
  });
  await page.goto(`${at.pageUrl}?with=${wayIn}`);
  return { page, facts, answers };
}

const press = ({ page }: Tab, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

async function giveName({ page }: Tab, user: string, secret: string): Promise<void> {
  await page.getByLabel('E-mail address', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(secret);
}

async function isConnected({ page }: Tab, user: string): Promise<void> {
  await page.locator('[data-testid=connection][data-status=connected]').waitFor();
  expect(await page.getByTestId('user').innerText()).toBe(user);
}

/** Somebody new. */
async function register(tab: Tab): Promise<string> {
  const user = `person-${++people}@example.com`;
  await press(tab, 'I have no account yet');
  await giveName(tab, user, password);
  await press(tab, 'Register');
  await isConnected(tab, user);
  return user;
}

async function add({ page }: Tab, item: string): Promise<void> {
  await page.getByLabel('New item', { exact: true }).fill(item);
  await page.keyboard.press('Enter');
}

const box = ({ page }: Tab, item: string) => page.getByRole('checkbox', { name: item, exact: true });

describe.each([
  ['token', '/Token', '/Token', 400],
  ['identity', '/identity/login', '/identity/refresh', 401],
] as const)('the shopping list with the way in "%s"', (wayIn, signInPath, refreshPath, refused) => {
  it('says what the server says of a bad password, at registration and at the log-in', async () => {
    const tab = await openTab(wayIn);
    const alert = tab.page.getByRole('alert').filter({ visible: true });
    const user = `person-${++people}@example.com`;
    await press(tab, 'I have no account yet');
    await giveName(tab, user, 'short');
    await press(tab, 'Register');
    await alert.getByText('Passwords must be at least 8 characters.', { exact: true }).waitFor();

    await giveName(tab, user, password);
    await press(tab, 'Register');
    await isConnected(tab, user);
    await press(tab, 'Log out');
    await giveName(tab, user, 'wrong');
    await press(tab, 'Log in');
    await alert.getByText('The e-mail address or the password is wrong.', { exact: true }).waitFor();
    // It says which field, to those who do not see it.
    const field = tab.page.getByLabel('Password', { exact: true });
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);

    await field.fill(password);
    await field.press('Enter');
    await isConnected(tab, user);
    // The form is gone: whoever uses a keyboard goes on at the list.
    expect(await tab.page.evaluate(() => document.activeElement?.textContent)).toBe('To buy');
    const asked = tab.answers.filter((answer) => answer.includes(signInPath) || answer.includes('/register'));
    expect(asked).toEqual([
      'POST /identity/register 400',
      'POST /identity/register 200',
      `POST ${signInPath} 200`,
      `POST ${signInPath} ${refused}`,
      `POST ${signInPath} 200`,
    ]);
  });

  it('adds by the API and ticks by the hub, live for everybody, with one sign-in', async () => {
    const [ann, bob] = [await openTab(wayIn), await openTab(wayIn)];
    await register(ann);
    await register(bob);
    await add(ann, `Milk for ${wayIn}`);
    await box(bob, `Milk for ${wayIn}`).check();
    await eventually(() => box(ann, `Milk for ${wayIn}`).isChecked()).toBe(true);

    // Who comes later finds it.
    await ann.page.reload();
    await eventually(() => box(ann, `Milk for ${wayIn}`).isChecked()).toBe(true);
    for (const { facts } of [ann, bob]) expect(facts).toMatchObject({ complaints: [], refusals: [] });
    expect(bob.facts.sockets).toHaveLength(1);
    expect(ann.answers.filter((answer) => answer.includes(signInPath))).toEqual([`POST ${signInPath} 200`]);
  });

  it('notices nothing of an expiry: one refresh serves the hub and the API, in place', async () => {
    const at = await startSpaPassword({ accessTokenLifetime: 5 });
    onTestFinished(() => at.close());
    const ann = await openTab(wayIn, { at });
    const user = await register(ann);
    // At `/Token` the sign-in is one of them.
    const asked = (): number =>
      ann.answers.filter((answer) => answer === `POST ${refreshPath} 200`).length - (wayIn === 'token' ? 1 : 0);
    const renewals = (): number => ann.answers.filter((answer) => answer === 'POST /hubs/shopping/refresh 200').length;
    await eventually(renewals, 30_000).toBeGreaterThan(1);

    await add(ann, `Late bread for ${wayIn}`);
    await box(ann, `Late bread for ${wayIn}`).waitFor();
    await isConnected(ann, user);
    // The latest may be on its way to the hub.
    await eventually(() => asked() - renewals()).toBe(0);
    expect(ann.facts.sockets).toHaveLength(1);
    expect(ann.facts).toMatchObject({ complaints: [], refusals: [] });
  });

  it('goes back to the log-in after a 401 that no fresh token mends, in all tabs, and on with the next log-in', async () => {
    const ann = await openTab(wayIn);
    const user = await register(ann);
    const other = await openTab(wayIn, { context: ann.page.context() });
    await isConnected(other, user);
    await press(ann, 'End my sessions on the server');
    await eventually(() => ann.answers).toContain('POST /api/end-my-sessions 204');
    await add(ann, `Nobody’s cheese for ${wayIn}`);

    for (const { page, facts } of [ann, other]) {
      await page.getByText('Your session has ended. Log in again to go on.', { exact: true }).waitFor();
      await eventually(() => facts.sockets.every(({ closedAt }) => closedAt !== null)).toBe(true);
    }
    // One fresh token was asked for, once, and the end is the end: the hub is not tried.
    const after = ann.answers.slice(ann.answers.indexOf('POST /api/end-my-sessions 204') + 1);
    expect(after).toEqual(['POST /api/items 401', `POST ${refreshPath} ${refused}`]);

    await giveName(ann, user, password);
    await press(ann, 'Log in');
    for (const tab of [ann, other]) await isConnected(tab, user);
    expect(await box(ann, `Nobody’s cheese for ${wayIn}`).count()).toBe(0);
  });

  it('comes back by itself when the connection drops, and is gone from all tabs after logging out', async () => {
    const ann = await openTab(wayIn);
    const user = await register(ann);
    const other = await openTab(wayIn, { context: ann.page.context() });
    await isConnected(other, user);
    await press(ann, 'Drop my connection');
    await eventually(() => ann.facts.sockets.length).toBe(2);
    await add(other, `Eggs for ${wayIn}`);
    await box(ann, `Eggs for ${wayIn}`).waitFor();

    await press(ann, 'Log out');
    for (const { page } of [ann, other]) await page.getByLabel('Password', { exact: true }).waitFor();
    expect(await ann.page.getByText('Your session has ended.').count()).toBe(0);
    expect(await ann.page.evaluate(() => JSON.stringify(localStorage))).toBe('{}');
    await ann.page.reload();
    await ann.page.getByLabel('Password', { exact: true }).waitFor();
    for (const { facts } of [ann, other]) expect(facts.refusals).toEqual([]);
  });
});

it('the shopping list is no wider than a phone, logged out and logged in', async () => {
  const tab = await openTab('token', { width: 360 });
  const overflow = (): Promise<number> =>
    tab.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await tab.page.getByLabel('Password', { exact: true }).waitFor();
  expect(await overflow()).toBe(0);
  await register(tab);
  await add(tab, 'nobreak'.repeat(8));
  await box(tab, 'nobreak'.repeat(8)).waitFor();
  expect(await overflow()).toBe(0);
});
