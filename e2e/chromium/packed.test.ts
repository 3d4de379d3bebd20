/// <reference types="node" />
import { basename, dirname } from 'node:path';
import { createTestHub, createTestTokens } from '@org/hub-testing';
import type { Browser } from 'playwright-core';
import { preview } from 'vite';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { buildNewApp, copyPlainPage, type PackedPackages, packPackages } from '../packed/new-app.ts';
import { collectFacts } from './page-facts.ts';

let packages: PackedPackages;
let browser: Browser;

beforeAll(async () => {
  [packages, browser] = await Promise.all([packPackages(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await packages?.remove();
});

/** Serves a folder on a port of its own. */
async function serve(folder: string): Promise<string> {
  const server = await preview({
    configFile: false,
    root: dirname(folder),
    build: { outDir: basename(folder) },
    preview: { port: 0 },
  });
  onTestFinished(() => server.close());
  return new URL(server.resolvedUrls!.local[0]!).origin;
}

it.each([
  ['a new Vite app with React', 'React', (packed: PackedPackages) => buildNewApp(packed, 'react')],
  ['a new Vite app with Vue', 'Vue', (packed: PackedPackages) => buildNewApp(packed, 'vue')],
  ['a plain page', 'plain HTML', copyPlainPage],
])(
  'what npm would publish works in %s',
  async (_title, name, make) => {
    const origin = await serve(await make(packages));
    const tokens = createTestTokens();
    const hub = createTestHub({
      authenticate: tokens.authenticate,
      methods: {
        async Greet(call, whom: string) {
          await call.clients.group('lobby').send('Greeted', `Hello ${whom}, says ${call.userId}.`);
          return 'done';
        },
        JoinGroup: (call, group: string) => call.groups.add(group),
        LeaveGroup: (call, group: string) => call.groups.remove(group),
      },
    });
    onTestFinished(() => hub.dispose());
    const { url } = await hub.listen({ cors: [origin] });
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const facts = collectFacts(page);

    await page.goto(`${origin}/?${new URLSearchParams({ hub: url, token: await tokens.issue({ sub: 'ann' }) })}`);
    await page.getByText('connected, lobby joined').waitFor();
    await page.getByRole('button', { name: 'Greet' }).click();
    await page.getByText(`Hello ${name}, says ann.`).waitFor();

    expect(await page.getByText('function').count()).toBe(1);
    expect(facts).toMatchObject({ complaints: [], refusals: [] });
    expect(facts.sockets).toHaveLength(1);
  },
  180_000,
);
