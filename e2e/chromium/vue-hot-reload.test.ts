/// <reference types="node" />
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { labKind, startLab } from '../lab/index.ts';
import { edit, serveForEdits } from './hot-reload.ts';
import { collectFacts } from './page-facts.ts';

const repository = join(import.meta.dirname, '../..');

it('an edited component keeps the connection, the group and the data, and opens its stream again', async () => {
  const lab = await startLab(labKind(), { allowAnonymous: true });
  onTestFinished(() => lab.close());
  const folder = await writeApp(lab.url);
  const vite = await serveForEdits(folder, vue(), ['vue', '@org/hub-vue']);
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const facts = collectFacts(page);
  await page.goto(`http://127.0.0.1:${(vite.httpServer!.address() as AddressInfo).port}/`);
  await page.getByText('First one: connected, joined, success, streaming', { exact: true }).waitFor();
  const [before] = await lab.connections();

  // The template alone: rendered anew.
  await edit(vite, join(folder, 'Room.vue'), room('Second', 'one'));
  await page.getByText('Second one: connected, joined, success, streaming', { exact: true }).waitFor();
  expect((await lab.calls()).map(({ method }) => method).toSorted()).toEqual(['JoinGroup', 'NumbersSince', 'Ticks']);
  // The script: set up anew, in the place of the one before.
  await edit(vite, join(folder, 'Room.vue'), room('Third', 'two'));
  await page.getByText('Third two: connected, joined, success, streaming', { exact: true }).waitFor();

  expect((await lab.connections()).map(({ connectionId }) => connectionId)).toEqual([before!.connectionId]);
  expect(facts.sockets.filter(({ url }) => url.startsWith(lab.url.replace('http', 'ws')))).toHaveLength(1);
  const calls = (await lab.calls()).map(({ method }) => method);
  expect(calls.toSorted()).toEqual(['JoinGroup', 'NumbersSince', 'Ticks', 'Ticks']);
  expect(facts.complaints).toEqual([]);
});

const room = (title: string, name: string): string => `
<script setup>
import { useHub, useHubGroup, useHubQuery, useHubSnapshot, useHubStream } from '@org/hub-vue';

const name = '${name}';
const hub = useHub();
const status = useHubSnapshot((snapshot) => snapshot.status);
const group = useHubGroup('news').status;
const numbers = useHubQuery({ queryKey: ['numbers'], load: () => hub.invoke('NumbersSince', 0), on: {} }).status;
const ticks = useHubStream('Ticks', ['run', 20]).status;
</script>

<template>
  <p>${title} {{ name }}: {{ status }}, {{ group }}, {{ numbers }}, {{ ticks }}</p>
</template>
`;

const main = (url: string): string => `
import { createHubClient, createHubPlugin } from '@org/hub-vue';
import { createApp } from 'vue';
import Room from './Room.vue';

createApp(Room).use(createHubPlugin(createHubClient({ url: '${url}' }), { autoStart: true })).mount('#app');
`;

const index = `<!doctype html><html lang="en"><head><title>Room</title><link rel="icon" href="data:,"></head>
<body><div id="app"></div><script type="module" src="/main.js"></script></body></html>`;

async function writeApp(url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-hot-reload-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'index.html'), index);
  await writeFile(join(folder, 'main.js'), main(url));
  await writeFile(join(folder, 'Room.vue'), room('First', 'one'));
  return folder;
}
