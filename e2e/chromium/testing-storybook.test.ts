/// <reference types="node" />
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { preview } from 'vite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchBrowser } from '../browser.ts';

let origin = '';
let browser: Awaited<ReturnType<typeof launchBrowser>>;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const outDir = await mkdtemp(join(tmpdir(), 'storybook-'));
  cleanUp.push(() => rm(outDir, { recursive: true }));
  const storybook = ['storybook', 'build', '-c', 'examples/testing/.storybook', '-o', outDir, '--quiet'];
  await promisify(execFile)('npx', storybook, { env: { ...process.env, CI: 'true' } });
  const server = await preview({ root: outDir, build: { outDir }, preview: { port: 0 }, logLevel: 'error' });
  cleanUp.push(() => server.close());
  origin = server.resolvedUrls!.local[0]!;
  browser = await launchBrowser();
  cleanUp.push(() => browser.close());
});
afterAll(async () => {
  for (const step of cleanUp.reverse()) await step();
});

/** Opens a story as Storybook's own canvas does. */
async function openStory(name: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${origin}iframe.html?id=room--${name}&viewMode=story`);
  return { page, complaints };
}

test('a story meets its hub through the service worker', async () => {
  const { page, complaints } = await openStory('connected');
  await page.getByText('Welcome!').waitFor();
  await page.getByRole('button', { name: 'Say hello' }).click();
  await page.getByText('Hello!').waitFor();
  expect(complaints).toEqual([]);
});

test('a story shows a restart, and what comes after it', async () => {
  const { page, complaints } = await openStory('restart');
  await page.getByText(/^reconnecting/).waitFor();
  await page.getByText('connected, joined').waitFor();
  expect(complaints).toEqual([]);
});

test('a story shows a refusal', async () => {
  const { page, complaints } = await openStory('members-only');
  await page.getByText('connected, failed').waitFor();
  expect(await page.getByRole('status').innerText()).toContain('Members only.');
  expect(complaints).toEqual([]);
});
