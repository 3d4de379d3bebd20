/// <reference types="node" />
import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';
import type { Chat } from '../examples/chat/server/chat.ts';
import { demoUsers } from '../examples/common/users.ts';

declare global {
  interface Window {
    client: {
      isConnected(): boolean;
      signIn(): Promise<void>;
      /** Takes the stored refresh token to the provider. */
      renew(): Promise<boolean>;
    };
  }
}

/** The client of a page: what it needs beside the script tag of ours, and what it does. */
export interface TabScript {
  /** Browser builds. */
  readonly packages: readonly string[];
  readonly script: string;
}

const common = `
const config = await (await fetch('/config.json')).json();
const page = location.origin + location.pathname;
const settings = {
  authority: config.authority,
  client_id: config.clientId,
  redirect_uri: page,
  post_logout_redirect_uri: page,
  scope: 'openid profile offline_access',
};`;

export const ours: TabScript = {
  packages: [],
  script: `${common}
const auth = HubCore.oidc(settings, { store: 'local' });
const hub = HubCore.createHubClient({ url: config.hubUrl, auth, logger: 'none' });
await auth.completeSignIn().catch(() => {});
hub.start().catch(() => {});
window.client = {
  isConnected: () => hub.getSnapshot().status === 'connected',
  signIn: () => auth.signIn(),
  renew: () => auth.manager.signinSilent().then(Boolean, () => false),
};`,
};

/** As people write it; the early renewal is set to what ours does, since a minute would be more than the token lives. */
export const raw: TabScript = {
  packages: ['oidc-client-ts/dist/browser/oidc-client-ts.min.js', '@microsoft/signalr/dist/browser/signalr.min.js'],
  script: `${common}
const manager = new oidc.UserManager({
  ...settings,
  userStore: new oidc.WebStorageStateStore({ store: localStorage }),
  accessTokenExpiringNotificationTimeInSeconds: 4,
});
if (new URLSearchParams(location.search).has('code')) {
  await manager.signinRedirectCallback();
  history.replaceState(null, '', page);
}
const connection = new signalR.HubConnectionBuilder()
  .withUrl(config.hubUrl, {
    accessTokenFactory: async () => {
      let user = await manager.getUser();
      if (!user || user.expired) user = await manager.signinSilent();
      return user.access_token;
    },
  })
  .withAutomaticReconnect()
  .configureLogging(signalR.LogLevel.None)
  .build();
if (await manager.getUser()) connection.start().catch(() => {});
window.client = {
  isConnected: () => connection.state === 'Connected',
  signIn: () => manager.signinRedirect(),
  renew: () => manager.signinSilent().then(Boolean, () => false),
};`,
};

/** Opens tabs that share one login: the first one signs in. */
export async function openTabs(
  context: BrowserContext,
  chat: Chat,
  { packages, script }: TabScript,
  count: number,
): Promise<Page[]> {
  const address = `${chat.pagesUrl}/script-tag/`;
  const files = await Promise.all(
    packages.map((name) => readFile(new URL(`../node_modules/${name}`, import.meta.url), 'utf8')),
  );
  // One module: what the packages put into variables stays in reach of the script.
  const body = [...files, script].join('\n;\n');
  await context.route(`${address}chat.js`, (route) => route.fulfill({ contentType: 'text/javascript', body }));
  const first = await context.newPage();
  await first.goto(address);
  await first.waitForFunction(() => Boolean(window.client));
  await signIn(first);
  const others = Array.from({ length: count - 1 }, async () => {
    const page = await context.newPage();
    await page.goto(address);
    await isConnected(page);
    return page;
  });
  return [first, ...(await Promise.all(others))];
}

async function signIn(page: Page): Promise<void> {
  await page.evaluate(() => void window.client.signIn());
  await page.getByLabel('User name', { exact: true }).fill('alice');
  await page.getByLabel('Password', { exact: true }).fill(demoUsers.find(({ id }) => id === 'alice')?.password ?? '');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await isConnected(page);
}

async function isConnected(page: Page): Promise<void> {
  await page.waitForFunction(() => window.client?.isConnected());
}
