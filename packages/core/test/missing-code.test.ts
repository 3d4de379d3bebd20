import { tokenFrom } from '@org/hub-core';
import { expect, it, vi } from 'vitest';
import { createClient, serve, until } from './hub.ts';
import { doorsOf } from './token-server.ts';

// Files that are loaded later may be gone from the web server: after a deploy, or without a network.
vi.mock('../src/connection/rotation.ts', () => {
  throw new Error('404');
});
vi.mock('../src/link/probe.ts', () => {
  throw new Error('404');
});

vi.mock('../src/calls/upload.ts', () => {
  throw new Error('404');
});

it('makes calls, and lets go of the streams of those that it cannot make', async () => {
  const { server } = await serve();
  const { url, ...signalr } = doorsOf(server);
  const { hub } = createClient(url, { signalr });
  const started = hub.start();
  async function* items() {
    yield await Promise.resolve(1);
  }
  const failed = { name: 'HubError', code: 'unreachable' };
  const outcome = expect(hub.invoke('Echo', items())).rejects.toMatchObject(failed);
  await started;
  await outcome;
  await expect(hub.stream('Echo', items())[Symbol.asyncIterator]().next()).rejects.toMatchObject(failed);
  await expect(hub.invoke('Fail')).rejects.toMatchObject(failed);
  expect(await hub.invoke('Echo', 1)).toBe(1);
});

it('connects, and connects again, without the code that renews connections; who asks for that gets a typed error', async () => {
  const { server } = await serve();
  const { url, ...signalr } = doorsOf(server);
  let asked = 0;
  const { hub } = createClient(url, { auth: tokenFrom(() => `token-${++asked}`), signalr });
  await hub.start();
  await expect(hub.refreshAuthentication()).rejects.toMatchObject({ name: 'HubError', code: 'unreachable' });
  await server.close({ allowReconnect: true });
  await until(hub, ({ gaps, status }) => gaps === 1 && status === 'connected');
  expect(await hub.invoke('Echo', asked)).toBe(2);
});

it('retries a refused socket without the code that asks why', async () => {
  const { server, visits } = await serve();
  const { url, ...doors } = doorsOf(server);
  const { hub } = createClient(url, { signalr: { ...doors, skipNegotiation: true, transport: 'WebSockets' } });
  server.reject(401, { on: 'upgrade', times: 1 });
  await hub.start();
  expect(visits).toEqual(['refused 401']);
});
