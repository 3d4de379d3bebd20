import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { handshake, rawSocket, refusedUpgrade, signalrClient } from './support/clients.ts';
import { listeningHub, testHub } from './support/hub.ts';

async function listeningServer(): Promise<{ server: Server; origin: string }> {
  const server = createServer((_request, response) => void response.end('the app'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => (server.close(() => resolve()), server.closeAllConnections())));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('serves its path on a server that keeps the others, and gives it back', async () => {
  const { server, origin } = await listeningServer();
  const hub = testHub({ methods: { Add: (_call, a, b) => a + b } });
  const { detach } = await hub.attach(server, { path: '/hubs/chat' });
  const client = signalrClient(`${origin}/hubs/chat`);
  await client.start();
  expect(await client.invoke('Add', 1, 2)).toBe(3);
  expect(await (await fetch(`${origin}/hubs`)).text()).toBe('the app');
  const closed = new Promise((resolve) => client.onclose(resolve));
  await detach();
  await closed;
  expect(await (await fetch(`${origin}/hubs/chat/negotiate`, { method: 'POST' })).text()).toBe('the app');
});

test('two hubs share one server', async () => {
  const { server, origin } = await listeningServer();
  for (const name of ['a', 'b']) await testHub({ methods: { Name: () => name } }).attach(server, { path: `/${name}` });
  const names: unknown[] = [];
  for (const name of ['a', 'b']) {
    const client = signalrClient(`${origin}/${name}`);
    await client.start();
    names.push(await client.invoke('Name'));
    await client.stop();
  }
  expect(names).toEqual(['a', 'b']);
});

test('while an attached hub restarts, its connections are cut and the app goes on', async () => {
  const { server, origin } = await listeningServer();
  const hub = testHub();
  await hub.attach(server);
  const client = await rawSocket(`${origin}/hub`);
  client.send(handshake);
  await client.until(1);
  const back = hub.restart({ downFor: 1_000 });
  const negotiate = (): Promise<unknown> =>
    fetch(`${origin}/hub/negotiate`, { method: 'POST' }).then(
      ({ status }) => status,
      () => 'cut',
    );
  expect([await negotiate(), await (await fetch(origin)).text()]).toEqual(['cut', 'the app']);
  await expect(rawSocket(`${origin}/hub`)).rejects.toThrow('socket hang up');
  await back;
  expect([await negotiate(), (await client.until(2))[1]]).toEqual([200, 'closed 1006']);
});

test('answers named origins with credentials, and exposes why a request was refused', async () => {
  const { hub, url } = await listeningHub({}, { cors: ['https://app.example'] });
  hub.reject(401);
  const headers = { Origin: 'https://app.example' };
  const preflight = await fetch(`${url}/negotiate`, { method: 'OPTIONS', headers });
  const refused = await fetch(`${url}/negotiate`, { method: 'POST', headers });
  const foreign = await fetch(`${url}/negotiate`, { method: 'POST', headers: { Origin: 'https://evil.example' } });
  const allow = (response: Response, name: string): string | null => response.headers.get(`access-control-${name}`);
  expect([preflight.status, allow(preflight, 'allow-origin'), allow(preflight, 'allow-credentials')]).toEqual([
    204,
    'https://app.example',
    'true',
  ]);
  expect(allow(preflight, 'allow-headers')).toMatch(/authorization.*x-requested-with.*x-signalr-user-agent/i);
  expect([refused.status, allow(refused, 'allow-origin'), allow(refused, 'expose-headers')]).toEqual([
    401,
    'https://app.example',
    'WWW-Authenticate, Retry-After',
  ]);
  expect(allow(foreign, 'allow-origin')).toBeNull();
});

test('lets a named origin send headers of its own, as AllowAnyHeader does', async () => {
  const { url } = await listeningHub({}, { cors: ['https://app.example'] });
  const ask = (origin: string): Promise<Response> =>
    fetch(`${url}/negotiate`, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Headers': 'authorization,x-app-version' },
    });
  const [named, foreign] = [await ask('https://app.example'), await ask('https://evil.example')];
  expect(named.headers.get('access-control-allow-headers')).toBe('authorization,x-app-version');
  expect(foreign.headers.get('access-control-allow-headers')).toBeNull();
});

test('dispose() runs every onDisconnected, ends every wait, and frees the port', async () => {
  const log: string[] = [];
  const { hub, url } = await listeningHub({ onDisconnected: () => void log.push('onDisconnected') });
  const client = await rawSocket(url);
  const connected = hub.waitFor('connected');
  client.send(handshake);
  await connected;
  const waiting = hub.waitFor('joined');
  await hub.dispose();
  await hub.dispose();
  await expect(waiting).rejects.toThrow('The test hub was disposed before the event came.');
  await client.until(2);
  expect([log, client.log]).toEqual([['onDisconnected'], ['{}', 'closed 1006']]);
  await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  expect(await hub.handleRequest({ method: 'POST', url: '/hub/negotiate' })).toBeNull();
});

test.each([
  ['/hub/', '/hub'],
  ['hub', '/hub'],
  ['/', ''],
])('serves the path %j as %j', async (path, served) => {
  const { url } = await listeningHub({}, { path });
  const { status } = await fetch(`${url}/negotiate`, { method: 'POST' });
  expect([url.replace(/^.*:\d+/, ''), status]).toEqual([served, 200]);
});

test('serves an address of IPv6', async () => {
  const { url } = await listeningHub({}, { host: '::1' });
  expect((await fetch(`${url}/negotiate`, { method: 'POST' })).status).toBe(200);
});

test('several hubs come to one server and go from it in any order', async () => {
  const { server, origin } = await listeningServer();
  const [inner, outer] = [testHub(), testHub()];
  await inner.attach(server, { path: '/hub' });
  await outer.attach(server, { path: '/hub/chat' });
  const ask = async (path: string): Promise<string> =>
    (await (await fetch(`${origin}${path}/negotiate`, { method: 'POST' })).text()).slice(0, 13);
  const answers = async (): Promise<string[]> => Promise.all(['/hub', '/hub/chat', '/other'].map(ask));
  const hub = '{"negotiateVe';
  const [both, one, none] = [await answers(), await inner.dispose().then(answers), await outer.dispose().then(answers)];
  expect([both, one, none]).toEqual([
    [hub, hub, 'the app'],
    ['the app', hub, 'the app'],
    ['the app', 'the app', 'the app'],
  ]);
  expect([server.listenerCount('request'), server.listenerCount('upgrade')]).toEqual([1, 0]);
});

test('a listener that the server gets later hears nothing of the hub, nor does it lose its own', async () => {
  const { server, origin } = await listeningServer();
  const hub = testHub();
  const { detach } = await hub.attach(server);
  const heard: unknown[] = [];
  server.on('upgrade', ({ url }, socket) => {
    heard.push(url);
    socket.end('HTTP/1.1 418 I am a teapot\r\n\r\n');
  });
  const client = await rawSocket(`${origin}/hub`);
  client.send(handshake);
  await client.until(1);
  await detach();
  expect([(await refusedUpgrade(`${origin}/hub`)).status, heard]).toEqual([418, ['/hub']]);
});
