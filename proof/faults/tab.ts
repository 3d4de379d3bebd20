/// <reference types="node" />
import type { BrowserContext, Page } from 'playwright-core';
import { demoUsers } from '../../examples/common/users.ts';
import { type Diary, keepDiary } from './diary.ts';
import { listenOnWire, type Wire } from './wire.ts';

declare global {
  interface Window {
    /** What the page has shown since it was opened, each time that it changed; empty for nothing. */
    shown: Record<'user' | 'alert' | 'status', string[]>;
    note(what: string): void;
  }
}

/** Somebody's tab with the chat in it. */
export interface Tab {
  readonly page: Page;
  readonly wire: Wire;
  readonly diary: Diary;
  /** Errors and rejections that nobody caught. */
  readonly uncaught: string[];
  /** Has the name of whoever is logged in on it, and a connection. */
  isReady(): Promise<void>;
  /** Through the form of the provider. */
  logIn(user: string): Promise<void>;
  /** As somebody does who types and presses Enter, whatever the network is like. */
  say(text: string): Promise<void>;
  /** `7 tab-1 3`: number and text of each message, as the page shows them. */
  messages(): Promise<string[]>;
  shown(): Promise<Window['shown']>;
}

/** @param socketless without WebSockets: as behind a proxy that lets none through, and SignalR goes on with server-sent events */
export async function openTab(context: BrowserContext, address: string, socketless: boolean): Promise<Tab> {
  const page = await context.newPage();
  const wire = await listenOnWire(page);
  const diary = keepDiary(page);
  const uncaught: string[] = [];
  page.on('pageerror', (error) => uncaught.push(error.stack ?? error.message));
  await page.exposeFunction('note', diary.note);
  await page.addInitScript(watch);
  if (socketless) await page.addInitScript('delete window.WebSocket');
  await page.goto(address);
  const message = page.getByRole('textbox', { name: 'Message', exact: true });

  async function isReady(): Promise<void> {
    await page.getByTestId('user').waitFor();
    await page.locator('[data-testid=connection][data-status=connected]').waitFor();
    await message.waitFor();
  }

  return {
    page,
    wire,
    diary,
    uncaught,
    isReady,
    async logIn(user) {
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await page.getByLabel('User name', { exact: true }).fill(user);
      await page.getByLabel('Password', { exact: true }).fill(demoUsers.find(({ id }) => id === user)?.password ?? '');
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
      await isReady();
    },
    async say(text) {
      await message.fill(text);
      await message.press('Enter');
    },
    messages: () =>
      page.$$eval('[data-message]', (items) =>
        items.map((item) => `${item.getAttribute('data-message')} ${item.querySelector('p')?.textContent}`),
      ),
    shown: () => page.evaluate(() => window.shown),
  };
}

/** Runs in the page, before its own scripts. No function in it has a name: tsx would mark it with a helper of its own. */
function watch(): void {
  window.shown = { user: [], alert: [], status: [] };
  new MutationObserver(() => {
    const connection = document.querySelector<HTMLElement>('[data-testid=connection]');
    if (!connection) return;
    const now = {
      user: document.querySelector('[data-testid=user]')?.textContent ?? '',
      alert: document.querySelector('[role=alert] p')?.textContent ?? '',
      status: connection.dataset['status'] ?? '',
    };
    for (const what of ['user', 'alert', 'status'] as const) {
      if (window.shown[what].at(-1) === now[what]) continue;
      window.shown[what].push(now[what]);
      window.note(`${what}: ${now[what]}`);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}
