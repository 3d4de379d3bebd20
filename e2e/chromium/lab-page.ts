/// <reference types="node" />
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type * as core from '@org/hub-core';
import type { HubClient, HubEvent, HubOptions, HubSnapshot } from '@org/hub-core';
import type * as coreOidc from '@org/hub-core/oidc';
import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { type Lab, type LabHub, labKind, type LabOptions, startLab, startTokenEndpoint } from '../lab/index.ts';
import type { TokenEndpoint, TokenEndpointOptions } from '../lab/index.ts';
import { collectFacts, type PageFacts } from './page-facts.ts';

declare global {
  interface Window {
    /** What the page of these tests shows of itself. */
    lab: {
      hub: HubClient<LabHub>;
      /** Each event of the client, in order. */
      events: HubEvent[];
      /** The numbers of `lab.startNumbers`, as they came. */
      heard: number[];
    };
  }
}

export interface LabPage {
  lab: Lab;
  endpoint: TokenEndpoint;
  page: Page;
  facts: PageFacts;
  /** When the token was issued that the page began with, epoch ms. */
  signedInAt: number;
  snapshot(): Promise<Pick<HubSnapshot, 'status' | 'connectionId' | 'gaps' | 'error'>>;
  heard(): Promise<number[]>;
  /** The types of these events, in order. */
  types(...wanted: HubEvent['type'][]): Promise<string[]>;
  /** Resolves when the page has heard this number. */
  reaches(number: number): Promise<unknown>;
}

/** A page of its own origin on which somebody is signed in, with a client of the lab that has started. */
export async function openLabPage(options: {
  lab: LabOptions;
  tokens: TokenEndpointOptions;
  hub: Pick<HubOptions, 'rotation'>;
}): Promise<LabPage> {
  const lab = await startLab(labKind(), options.lab);
  onTestFinished(() => lab.close());
  const endpoint = await startTokenEndpoint(lab, options.tokens);
  onTestFinished(() => endpoint.close());
  const origin = await servePage();
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const facts = collectFacts(page);
  await page.goto(origin);
  const signedInAt = Date.now();
  const user = await endpoint.storedUser();
  await page.evaluate(start, { url: lab.url, settings: endpoint.settings, user, hub: options.hub });
  return {
    lab,
    endpoint,
    page,
    facts,
    signedInAt,
    snapshot: () =>
      page.evaluate(() => {
        const { status, connectionId, gaps, error } = window.lab.hub.getSnapshot();
        return { status, connectionId, gaps, error };
      }),
    heard: () => page.evaluate(() => window.lab.heard),
    async types(...wanted) {
      const types = await page.evaluate(() => window.lab.events.map(({ type }) => type));
      return types.filter((type) => wanted.includes(type));
    },
    reaches: (number) => page.waitForFunction((last) => (window.lab.heard.at(-1) ?? 0) >= last, number),
  };
}

/** Runs in the page. */
async function start(given: {
  url: string;
  settings: TokenEndpoint['settings'];
  user: { key: string; value: string };
  hub: Pick<HubOptions, 'rotation'>;
}): Promise<void> {
  const { createHubClient, oidc } = (window as unknown as { HubCore: HubCore }).HubCore;
  // Where oidc-client-ts keeps its user.
  sessionStorage.setItem(`oidc.${given.user.key}`, given.user.value);
  const events: HubEvent[] = [];
  const heard: number[] = [];
  const hub = createHubClient<LabHub>({
    ...given.hub,
    url: given.url,
    auth: oidc(given.settings),
    events: { '*': (event) => events.push(event) },
  });
  hub.on('Number', (number) => heard.push(number));
  window.lab = { hub, events, heard };
  await hub.start();
}

type HubCore = typeof core & typeof coreOidc;

/** An empty page with the script-tag build. Returns its origin. */
async function servePage(): Promise<string> {
  const script = await readFile(fileURLToPath(new URL('../../packages/core/dist/hub.global.min.js', import.meta.url)));
  const server = createServer(({ url }, response) => {
    if (url === '/hub.js') response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
    else if (url === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end('<!doctype html><link rel="icon" href="data:,"><script src="/hub.js"></script>');
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
