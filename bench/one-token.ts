/// <reference types="node" />
/**
 * How often the token end point is asked: by 100 clients that share one source, when they start and at one expiry; and by
 * ten tabs of Chromium that share one login with a strictly rotating refresh token. Needs built packages (`npm run build`).
 *
 * `--clients=100`, `--tabs=10`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenFrom } from '@org/hub-core';
import { launchBrowser } from '../e2e/browser.ts';
import { startChat } from '../examples/chat/server/chat.ts';
import { ourClient, rawClient, type Contestant } from './contestants.ts';
import { exactly, judge } from './limits.ts';
import { startServer } from './server.ts';
import { numberOption, printTable } from './table.ts';
import { openTabs, ours, raw, type TabScript } from './tabs.ts';
import { keptToken } from './tokens.ts';

const clients = numberOption('clients', 100);
const tabs = numberOption('tabs', 10);
/** Seconds that the token of all clients lives. */
const lifetime = 8;
/** Seconds; the tabs must all be open before their token is renewed. */
const lifetimeOfTabs = 30;
/** Ms that the token end point takes. */
const tokenDelay = 50;

const server = await startServer({ rate: 10 });
const sharing = {
  raw: await byClients((ask) => {
    const token = keptToken(ask);
    return () => rawClient(server.plain, token);
  }),
  ours: await byClients((ask) => {
    const auth = tokenFrom(ask);
    return () => ourClient({ url: server.plain, auth });
  }),
};
printTable(`Token requests of ${clients} clients with one source`, sharing);
await server.stop();

const browser = await launchBrowser();
const inTabs = { raw: await byTabs(raw), ours: await byTabs(ours) };
printTable(`Token requests of ${tabs} tabs at one expiry, with a strictly rotating refresh token`, inTabs);
await browser.close();
judge([
  exactly(`${clients} clients: requests at the start`, sharing.ours['at the start'], 1),
  exactly(`${clients} clients: requests at the expiry`, sharing.ours['at the expiry'], 1),
  exactly(`${clients} clients: connected after it`, sharing.ours.connected, clients),
  exactly(`${tabs} tabs: requests at the expiry`, inTabs.ours.requests, 1),
  exactly(`${tabs} tabs: connected after it`, inTabs.ours['still connected'], tabs),
]);

interface Sharing extends Record<string, number> {
  'at the start': number;
  'at the expiry': number;
  connected: number;
}

interface InTabs extends Record<string, string | number> {
  requests: number;
  'still connected': number;
}

async function byClients(source: (ask: () => Promise<string>) => () => Contestant): Promise<Sharing> {
  let requests = 0;
  let expiresIn = lifetime;
  const create = source(async () => {
    requests += 1;
    await sleep(tokenDelay);
    return server.issue(expiresIn);
  });
  const all = Array.from({ length: clients }, create);
  await Promise.all(all.map((client) => client.start()));
  const atStart = requests;
  expiresIn = 3600;
  // ASP.NET Core looks for expired connections once a second.
  await sleep((lifetime + 3) * 1000);
  const row = { 'at the start': atStart, 'at the expiry': requests - atStart, connected: await server.connections() };
  await Promise.all(all.map((client) => client.stop()));
  return row;
}

async function byTabs(script: TabScript): Promise<InTabs> {
  const chat = await startChat({ server: 'aspnetcore', accessTokenLifetime: lifetimeOfTabs });
  const context = await browser.newContext();
  try {
    const expiry = sleep(1000 * (lifetimeOfTabs + 10));
    const pages = await openTabs(context, chat, script, tabs);
    // The last of the short ones is the one that they share.
    chat.provider.setAccessTokenLifetime(3600);
    const before = chat.provider.requests.token.length;
    await expiry;
    const requests = chat.provider.requests.token.slice(before);
    const renewed = await pages[0]!.evaluate(() => window.client.renew());
    const connected = await Promise.all(pages.map((page) => page.evaluate(() => window.client.isConnected())));
    return {
      requests: requests.length,
      answered: requests.filter(({ status }) => status === 200).length,
      refused: requests.filter(({ error }) => error === 'invalid_grant').length,
      'still connected': connected.filter(Boolean).length,
      'login can be renewed': renewed ? 'yes' : 'no: revoked',
    };
  } finally {
    await context.close();
    await chat.close();
  }
}
