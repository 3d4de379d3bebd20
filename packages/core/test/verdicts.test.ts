import { JsonHubProtocol } from '@microsoft/signalr';
import { tokenFrom } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, nextEvent, serve, serveHttp, servePage, until } from './hub.ts';
import { doorsOf } from './token-server.ts';

it('a 404 before the first connection is not a hub', async () => {
  const { hub, types } = createClient(await servePage(404, 'Not found'));
  await expect(hub.start()).rejects.toMatchObject({ code: 'not-a-hub', status: 404, retryable: false });
  expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', retryAt: null, error: { code: 'not-a-hub' } });
  expect(types('reconnecting')).toEqual([]);
});

it('a page that answers 200 is not a hub', async () => {
  const { hub } = createClient(await servePage(200, '<!doctype html><title>An app</title>'));
  await expect(hub.start()).rejects.toMatchObject({ code: 'not-a-hub', retryable: false });
});

it('JSON that is no answer to negotiate is not a hub', async () => {
  const { hub } = createClient(await servePage(200, '{"hello":"world"}'));
  await expect(hub.start()).rejects.toMatchObject({ code: 'not-a-hub', retryable: false });
});

it('a 404 after a connection is a deploy, and is retried', async () => {
  const { server, url, visits } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  server.reject(404, { times: 2 });
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(visits).toEqual(['negotiated null', 'refused 404', 'refused 404', 'negotiated null']);
});

it.each([400, 405, 410])('a %i is final', async (status) => {
  const { server, url, visits } = await serve();
  const { hub } = createClient(url);
  server.reject(status);
  await expect(hub.start()).rejects.toMatchObject({ code: 'rejected', status, retryable: false });
  expect(visits).toEqual([`refused ${status}`]);
});

it.each([408, 425, 429, 500, 502, 503])('a %i is retried while start() stays pending', async (status) => {
  const { server, url, visits } = await serve();
  const { hub } = createClient(url);
  server.reject(status, { times: 2 });
  await hub.start();
  expect(visits).toEqual([`refused ${status}`, `refused ${status}`, 'negotiated null']);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', attempt: 0, error: null, gaps: 0 });
});

it('Retry-After is honoured', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url);
  server.reject(503, { times: 1, headers: { 'Retry-After': '1' } });
  const startedAt = Date.now();
  const started = hub.start();
  const { retryAt, error } = await until(hub, (snapshot) => snapshot.retryAt !== null);
  await started;
  expect(error).toMatchObject({ code: 'unreachable', status: 503, retryable: true });
  expect([retryAt! - startedAt >= 1_000, Date.now() >= retryAt!]).toEqual([true, true]);
});

it('a server that is not there is retried, and said once with its remedy', async () => {
  const { url, server } = await serve();
  await server.dispose();
  const lines: string[] = [];
  const { hub } = createClient(url, { logger: { log: (level, line) => level === 'warn' && lines.push(line) } });
  const started = hub.start();
  const { status, error } = await until(hub, ({ attempt }) => attempt === 3);
  expect([status, error]).toEqual(['connecting', expect.objectContaining({ code: 'unreachable', retryable: true })]);
  expect(lines).toEqual([expect.stringContaining(error!.remediation)]);
  await hub.stop();
  await expect(started).rejects.toMatchObject({ code: 'closed' });
});

it('an open time-out ends an SSE connection that never opens', async () => {
  const availableTransports = [{ transport: 'ServerSentEvents', transferFormats: ['Text'] }];
  const negotiated = { negotiateVersion: 1, connectionId: 'a', connectionToken: 'b', availableTransports };
  const url = await serveHttp(({ method }, response) => {
    if (method === 'POST') response.end(JSON.stringify(negotiated));
  });
  const { hub } = createClient(url, { signalr: { timeout: 100 } });
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  const { status, error } = await until(hub, ({ attempt }) => attempt === 2);
  expect([status, error]).toEqual(['connecting', expect.objectContaining({ code: 'timeout', retryable: true })]);
  await hub.stop();
  await outcome;
});

it('an upgrade that is refused is retried', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url);
  server.reject(502, { on: 'upgrade', times: 1 });
  await hub.start();
  expect(hub.getSnapshot().status).toBe('connected');
});

it('a protocol that the server does not speak is final', async () => {
  const { url } = await serve();
  const protocol = Object.assign(new JsonHubProtocol(), { name: 'morse' });
  const { hub } = createClient(url, { signalr: { protocol: protocol as never } });
  await expect(hub.start()).rejects.toMatchObject({ code: 'protocol', retryable: false });
});

it('a handshake that the server gives up, as it came too late, is tried again', async () => {
  const { server, visits } = await serve({ handshakeTimeout: 500 });
  const { url, ...doors } = doorsOf(server);
  const { WebSocket: Socket } = doors;
  const sockets: WebSocket[] = [];
  // The first one says nothing: its way to the server is blocked.
  class BlockedOnce extends Socket {
    constructor(...given: ConstructorParameters<typeof Socket>) {
      super(...given);
      sockets.push(this);
    }
    override send(data: Parameters<WebSocket['send']>[0]): void {
      if (this !== sockets[0]) super.send(data);
    }
  }
  const { hub } = createClient(url, { signalr: { ...doors, WebSocket: BlockedOnce } });
  await hub.start();
  expect(visits).toEqual(['negotiated null', 'negotiated null']);
  expect(sockets).toHaveLength(2);
});

it('a lost socket is retried with the current token', async () => {
  const { server, url, visits } = await serve();
  let asked = 0;
  const auth = tokenFrom(() => ({ token: `token-${++asked}`, userId: 'ann' }));
  const { hub, types, events } = createClient(url, { auth });
  await hub.start();
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect([asked, visits.length]).toEqual([1, 2]);
  expect(types()).toEqual([
    'statusChanged',
    'statusChanged',
    'statusChanged',
    'reconnecting',
    'statusChanged',
    'restored',
  ]);
  expect(events.find(({ type }) => type === 'reconnecting')).toMatchObject({
    attempt: 1,
    cause: { code: 'connection-lost' },
  });
  expect(events.at(-1)).toMatchObject({ joined: 0, failed: 0, gapMs: expect.any(Number) });
});

it('a close that allows to reconnect, soon after the connect, asks for a fresh token and retries at once', async () => {
  const { server, url } = await serve();
  const asked: boolean[] = [];
  const auth = tokenFrom(({ force }) => (asked.push(force), { token: `token-${asked.length}`, userId: 'ann' }));
  const { hub } = createClient(url, { auth, reconnect: { baseDelay: 60_000, maxDelay: 60_000 } });
  await hub.start();
  await server.close({ allowReconnect: true });
  await until(hub, ({ gaps }) => gaps === 1);
  expect(asked).toEqual([false, true]);
});

it('a second such close does not retry at once again', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url, { reconnect: { baseDelay: 600_000, maxDelay: 600_000 } });
  await hub.start();
  await server.close({ allowReconnect: true });
  await until(hub, ({ gaps, status }) => gaps === 1 && status === 'connected');
  const waiting = nextEvent(hub, 'reconnecting');
  await server.close({ allowReconnect: true });
  const { retryAt } = await waiting;
  // Full jitter over ten minutes: less than a second would be bad luck of one in 600.
  expect(retryAt - Date.now()).toBeGreaterThan(1_000);
});

it('a close with an error is retried', async () => {
  const { server, url } = await serve();
  const { hub, events } = createClient(url);
  await hub.start();
  await server.close({ error: 'Connection closed with an error.' });
  await until(hub, ({ gaps }) => gaps === 1);
  expect(events.find(({ type }) => type === 'reconnecting')).toMatchObject({
    cause: { name: 'HubError', retryable: true },
  });
});

it('an OnConnected that throws is retried', async () => {
  let connects = 0;
  const { url, visits } = await serve({
    onConnected() {
      if (++connects <= 2) throw new Error('The database is down.');
    },
  });
  const { hub } = createClient(url);
  await hub.start();
  expect([hub.getSnapshot().status, connects, visits.length]).toEqual(['connected', 3, 3]);
});

it('a close without a word is final', async () => {
  const { server, url, visits } = await serve();
  const { hub, types } = createClient(url);
  await hub.start();
  await server.close();
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect(error).toMatchObject({ code: 'server-closed', retryable: false });
  expect([visits.length, types('reconnecting')]).toEqual([1, []]);
});

it('Context.Abort() is final until start() is called', async () => {
  const { url } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  await hub.send('Abort');
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect(error).toMatchObject({ code: 'server-closed', retryable: false });
  await expect(hub.invoke('Echo', 1)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', error: null });
});

it('a url function that throws is retried', async () => {
  const { url } = await serve();
  let asked = 0;
  const { hub } = createClient(() => {
    if (++asked < 3) throw new Error('The configuration is not there yet.');
    return url;
  });
  await hub.start();
  expect(asked).toBe(3);
});

it('an address that is none is final', async () => {
  const { hub } = createClient('http://');
  await expect(hub.start()).rejects.toMatchObject({ name: 'HubError', retryable: false });
});
