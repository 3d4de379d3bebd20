import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import type { PagesConfig } from '../../examples/chat/server/pages.ts';
import { demoUsers } from '../../examples/common/users.ts';
import type { Demo } from './demo.ts';
import { collectFacts, type PageFacts } from './page-facts.ts';

export const pageKinds = ['script-tag', 'react', 'vue'] as const;
export type PageKind = (typeof pageKinds)[number];
export type UserName = 'alice' | 'bob';

declare global {
  interface Window {
    /** Each `data-status` the page has shown, in order. */
    statuses: string[];
  }
}

export interface VisitOptions extends BrowserContextOptions {
  /** What the page is told at `/config.json` instead of the truth. */
  readonly config?: Partial<PagesConfig>;
}

/** Somebody with a browser of their own on one of the three pages. */
export interface Visit {
  readonly page: Page;
  readonly facts: PageFacts;
  readonly address: string;
  readonly connection: Locator;
  readonly alert: Locator;
  readonly refusal: Locator;
  button(name: string): Locator;
  textbox(name: 'Message' | 'Direct message'): Locator;
  list(name: 'Messages' | 'Online' | 'Direct messages'): Locator;
  /** From the page's button to the page again, through the provider's own form. */
  logIn(user: UserName): Promise<void>;
  /** Fills in the provider's form, which must be open. */
  giveName(user: string, password: string): Promise<void>;
  /** Back on the page, logged in and connected. */
  isLoggedIn(user: UserName): Promise<void>;
  /** Back on the page, a visitor and connected. */
  isVisitor(): Promise<void>;
  isConnected(): Promise<void>;
  enter(room: 'Lobby' | 'Kitchen' | 'Staff only'): Promise<void>;
  /** Types it, and sends it with the Enter key. */
  say(text: string): Promise<void>;
  /** The message is on the page; once, or the locator complains. */
  hears(text: string): Promise<void>;
  messages(): Promise<string[]>;
  statuses(): Promise<string[]>;
}

/** Opens one of the pages in a context of its own, closed with the test. */
export async function visit(demo: Demo, kind: PageKind, { config, ...options }: VisitOptions = {}): Promise<Visit> {
  const context = await demo.browser.newContext(options);
  onTestFinished(() => context.close());
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const facts = collectFacts(page);
  await page.addInitScript(recordStatuses);
  if (config) {
    await page.route('**/config.json', async (route) => {
      const truth = (await (await route.fetch()).json()) as PagesConfig;
      await route.fulfill({ json: { ...truth, ...config } });
    });
  }

  const address = `${demo.chat.pagesUrl}/${kind}/`;
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const textbox: Visit['textbox'] = (name) => page.getByRole('textbox', { name, exact: true });
  const list: Visit['list'] = (name) => page.getByRole('list', { name, exact: true });
  const connection = page.getByTestId('connection');

  async function giveName(user: string, password: string): Promise<void> {
    await page.getByLabel('User name', { exact: true }).fill(user);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await button('Log in').click();
  }

  async function isConnected(): Promise<void> {
    await page.locator('[data-testid=connection][data-status=connected]').waitFor();
  }

  async function isLoggedIn(user: UserName): Promise<void> {
    const { name } = known(user);
    await page.waitForURL(address);
    await list('Online').getByText(`${name} (you)`, { exact: true }).waitFor();
    await isConnected();
    expect(await page.getByTestId('user').innerText()).toBe(name);
  }

  await page.goto(address);

  return {
    page,
    facts,
    address,
    connection,
    alert: page.getByRole('alert'),
    refusal: page.getByTestId('refusal'),
    button,
    textbox,
    list,
    giveName,
    isConnected,
    isLoggedIn,

    async logIn(user) {
      await isConnected();
      await button('Log in').click();
      await page.getByRole('heading', { name: 'Log in to the chat', exact: true }).waitFor();
      await giveName(user, known(user).password);
      await isLoggedIn(user);
    },
    async isVisitor() {
      await page.waitForURL(address);
      await page.getByText('Connected as a visitor.', { exact: true }).waitFor();
      await button('Log in').waitFor();
    },
    async enter(room) {
      const entry = page.getByRole('navigation', { name: 'Rooms', exact: true }).getByRole('button', {
        name: room,
        exact: true,
      });
      await entry.click();
      expect(await entry.getAttribute('aria-current')).toBe('true');
      await page.getByRole('heading', { name: room, exact: true }).waitFor();
    },
    async say(text) {
      await textbox('Message').fill(text);
      await textbox('Message').press('Enter');
    },
    async hears(text) {
      await list('Messages').getByText(text, { exact: true }).waitFor();
    },
    messages: () => list('Messages').locator('[data-message] p').allInnerTexts(),
    statuses: () => page.evaluate(() => window.statuses),
  };
}

/** Looks again until it is so: for facts that no locator can wait for. */
export function eventually<T>(read: () => T | Promise<T>, timeout = 15_000) {
  return expect.poll(read, { timeout, interval: 25 });
}

function known(id: UserName): (typeof demoUsers)[number] {
  const user = demoUsers.find((candidate) => candidate.id === id);
  if (!user) throw new Error(`The demo has no user '${id}'.`);
  return user;
}

/** Runs in the page, before its own scripts. */
function recordStatuses(): void {
  window.statuses = [];
  const add = (status: string | null | undefined): void => {
    if (status && status !== window.statuses.at(-1)) window.statuses.push(status);
  };
  new MutationObserver((records) => {
    // Two changes at once are two records: the old values tell what came between.
    for (const { oldValue } of records) add(oldValue);
    add(document.querySelector<HTMLElement>('[data-testid=connection]')?.dataset['status']);
  }).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeOldValue: true,
    attributeFilter: ['data-status'],
  });
}
