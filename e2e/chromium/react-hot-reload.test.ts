/// <reference types="node" />
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { expect, it, onTestFinished } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { labKind, startLab } from '../lab/index.ts';
import { edit, serveForEdits } from './hot-reload.ts';
import { collectFacts } from './page-facts.ts';

const repository = join(import.meta.dirname, '../..');

it('an edited module keeps the connection, the group, the data and the stream', async () => {
  const lab = await startLab(labKind(), { allowAnonymous: true });
  onTestFinished(() => lab.close());
  const folder = await writeApp(lab.url);
  const vite = await serveForEdits(folder, react(), [
    'react',
    'react-dom/client',
    'react/jsx-dev-runtime',
    '@org/hub-react',
  ]);
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const facts = collectFacts(page);
  await page.goto(`http://127.0.0.1:${(vite.httpServer!.address() as AddressInfo).port}/`);
  await page.getByText('First: connected, joined, success, streaming', { exact: true }).waitFor();
  const [before] = await lab.connections();

  await edit(vite, join(folder, 'Room.jsx'), room('Second'));
  await page.getByText('Second: connected, joined, success, streaming', { exact: true }).waitFor();
  await edit(vite, join(folder, 'Room.jsx'), room('Third'));
  await page.getByText('Third: connected, joined, success, streaming', { exact: true }).waitFor();

  expect((await lab.connections()).map(({ connectionId }) => connectionId)).toEqual([before!.connectionId]);
  expect(facts.sockets.filter(({ url }) => url.startsWith(lab.url.replace('http', 'ws')))).toHaveLength(1);
  const calls = (await lab.calls()).map(({ method }) => method);
  expect(calls.toSorted()).toEqual(['JoinGroup', 'NumbersSince', 'Ticks']);
  expect(facts.complaints).toEqual([]);
});

/** A component as an app has it, alone in its module: then Fast Refresh puts the new one in its place. */
const room = (name: string): string => `
import { useHub, useHubGroup, useHubQuery, useHubSnapshot, useHubStream } from '@org/hub-react';

export function Room() {
  const hub = useHub();
  const { status } = useHubSnapshot();
  const group = useHubGroup('news');
  const numbers = useHubQuery({ queryKey: ['numbers'], load: () => hub.invoke('NumbersSince', 0), on: {} });
  const ticks = useHubStream('Ticks', ['run', 20]);
  return <p>${name}: {status}, {group.status}, {numbers.status}, {ticks.status}</p>;
}
`;

const main = (url: string): string => `
import { createHubClient, HubProvider } from '@org/hub-react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Room } from './Room.jsx';

const hub = createHubClient({ url: '${url}' });
createRoot(document.querySelector('#app')).render(
  <StrictMode>
    <HubProvider client={hub} autoStart>
      <Room />
    </HubProvider>
  </StrictMode>,
);
`;

const index = `<!doctype html><html lang="en"><head><title>Room</title><link rel="icon" href="data:,"></head>
<body><div id="app"></div><script type="module" src="/main.jsx"></script></body></html>`;

async function writeApp(url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-hot-reload-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'index.html'), index);
  await writeFile(join(folder, 'main.jsx'), main(url));
  await writeFile(join(folder, 'Room.jsx'), room('First'));
  return folder;
}
