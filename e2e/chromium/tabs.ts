import type { UserManager } from 'oidc-client-ts';
import type { BrowserContext, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { chatClientId, demoUsers } from '../../examples/common/users.ts';
import type { Demo } from './demo.ts';
import { collectFacts, type PageFacts } from './page-facts.ts';

declare global {
  interface Window {
    /** What the page of these tests shows of itself. */
    tab: {
      hub: {
        getSnapshot(): { status: string; auth: string; userId: string | null; tokenExpiresAt: number | null };
        invoke(method: string, ...args: unknown[]): Promise<unknown>;
        logout(): Promise<unknown>;
        dispose(): Promise<void>;
      };
      auth: { signIn(): Promise<void>; manager: UserManager };
      /** Each event of the client, in order: its type, and the reason where it has one. */
      events: string[];
    };
  }
}

/** One tab of a browser whose tabs share the login: the user is kept in localStorage. */
export interface Tab {
  readonly page: Page;
  readonly facts: PageFacts;
  isConnected(): Promise<void>;
  status(): Promise<string>;
  events(): Promise<string[]>;
  /** The token that the hub knows its connection by: the one that it was opened with, or the last that renewed it. */
  lastToken(): string | null;
}

/** A browser of its own, closed with the test; its pages are at the address of the script-tag page. */
export async function openBrowser(demo: Demo): Promise<{ context: BrowserContext; openTab(): Promise<Tab> }> {
  const context = await demo.browser.newContext();
  onTestFinished(() => context.close());
  context.setDefaultTimeout(20_000);
  const address = `${demo.chat.pagesUrl}/script-tag/`;
  // The page itself comes from its server: Chromium lets no page of unknown origin speak to a local provider.
  await context.route(`${address}chat.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: script }));

  async function openTab(): Promise<Tab> {
    const page = await context.newPage();
    const facts = collectFacts(page);
    let renewedWith: string | null = null;
    page.on('websocket', () => (renewedWith = null));
    page.on('response', (response) => {
      if (!response.url().includes('/refresh?') || !response.ok()) return;
      renewedWith = response.request().headers()['authorization']?.replace('Bearer ', '') ?? null;
    });
    await page.goto(address);
    await page.waitForFunction(() => Boolean(window.tab));
    return {
      page,
      facts,
      isConnected: async () =>
        void (await page.waitForFunction(() => window.tab.hub.getSnapshot().status === 'connected')),
      status: () => page.evaluate(() => window.tab.hub.getSnapshot().status),
      events: () => page.evaluate(() => window.tab.events),
      lastToken: () =>
        renewedWith ?? new URL(facts.sockets.at(-1)?.url ?? 'ws://none').searchParams.get('access_token'),
    };
  }
  return { context, openTab };
}

/** The first tab of a browser, in which alice has just logged in and is connected. */
export async function logIn({ page, isConnected }: Pick<Tab, 'page' | 'isConnected'>): Promise<void> {
  const alice = demoUsers.find(({ id }) => id === 'alice');
  await page.evaluate(() => void window.tab.auth.signIn());
  await page.getByLabel('User name', { exact: true }).fill('alice');
  await page.getByLabel('Password', { exact: true }).fill(alice?.password ?? '');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.waitForFunction(() => window.tab?.hub.getSnapshot().userId === 'alice');
  await isConnected();
}

/**
 * Lets the page stand still, as a frozen one does: it keeps what it has, and runs nothing until the returned function is called.
 * (A headless Chromium has no hidden pages, and freezes no other: `Page.setWebLifecycleState` does nothing there.)
 */
export async function standStill({ page }: Pick<Tab, 'page'>): Promise<() => Promise<unknown>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Debugger.enable');
  await devtools.send('Debugger.pause');
  return () => devtools.send('Debugger.resume');
}

/** As if the browser had been closed for a while: what is stored says that the token has expired. */
export async function expireStoredToken(demo: Demo, context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${demo.chat.pagesUrl}/shared/chat.css`);
  await page.evaluate((ending) => {
    for (const key of Object.keys(localStorage).filter((name) => name.endsWith(ending))) {
      const user = JSON.parse(localStorage.getItem(key) ?? '') as object;
      localStorage.setItem(key, JSON.stringify({ ...user, expires_at: Math.floor(Date.now() / 1000) - 60 }));
    }
  }, `:${chatClientId}`);
  await page.close();
}

export const refreshes = ({ chat }: Demo) =>
  chat.provider.requests.token.filter(({ grantType }) => grantType === 'refresh_token');

const script = `
const config = await (await fetch('/config.json')).json();
const page = location.origin + location.pathname;
const auth = HubCore.oidc(
  {
    authority: config.authority,
    client_id: config.clientId,
    redirect_uri: page,
    post_logout_redirect_uri: page,
    scope: 'openid profile offline_access',
  },
  { store: 'local' },
);
const events = [];
const hub = HubCore.createHubClient({
  url: config.hubUrl,
  auth,
  groups: { join: 'JoinRoom', leave: 'LeaveRoom' },
  reconnect: { maxDelay: 1_000 },
  logger: 'none',
  events: { '*': ({ type, reason }) => events.push(reason ? type + ' ' + reason : type) },
});
await auth.completeSignIn().catch(() => {});
window.tab = { hub, auth, events };
hub.start().catch(() => {});
`;
