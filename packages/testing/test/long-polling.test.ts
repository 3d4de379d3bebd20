import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { HttpTransportType } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { expect, onTestFinished, test, vi } from 'vitest';
import { handshake } from './support/clients.ts';
import { encode, httpClient, httpWire, negotiate } from './support/http.ts';
import { deferred, listeningHub, testHub } from './support/hub.ts';

const add = (invocationId: string, a: number, b: number): object => ({
  type: 1,
  invocationId,
  target: 'Add',
  arguments: [a, b],
});
const methods = { Add: (_call: unknown, a: number, b: number) => a + b };

test('answers the first poll at once, and the next ones with what there is to say', async () => {
  const client = await httpWire(testHub({ methods }));
  expect(await client.poll()).toBe('200');
  const second = client.poll();
  expect(await client.post(handshake)).toBe('200');
  expect(await second).toBe('200 {}|');
  const third = client.poll();
  await client.post(add('1', 1, 2), add('2', 3, 4));
  expect(await third).toBe('200 {"type":3,"invocationId":"1","result":3}|{"type":3,"invocationId":"2","result":7}|');
});

test('no answer of a poll may be kept on the way', async () => {
  const hub = testHub();
  const { connectionToken } = await negotiate(hub);
  for (const id of [connectionToken, 'nope']) {
    const answer = await hub.handleRequest({ method: 'GET', url: `/hub?id=${id}` });
    expect(answer?.headers).toMatchObject({
      'Cache-Control': 'no-cache, no-store',
      Pragma: 'no-cache',
      Expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
    });
  }
});

test('keeps what was posted before the first poll', async () => {
  const client = await httpWire(testHub({ methods }));
  expect(await client.post(handshake)).toBe('200');
  expect([await client.poll(), await client.poll()]).toEqual(['200', '200 {}|']);
});

test('a message may come in pieces', async () => {
  const client = await httpWire(testHub({ methods }));
  await client.poll();
  for (const body of ['{"protocol":"js', 'on","version":1}\x1e', '']) await client.ask('POST', { body });
  expect(await client.poll()).toBe('200 {}|');
});

test('a second poll ends the first', async () => {
  const client = await httpWire(testHub());
  await client.poll();
  const [first, second] = [client.poll(), client.poll()];
  expect(await first).toBe('204');
  await client.post(handshake);
  expect(await second).toBe('200 {}|');
});

test('a poll whose client goes away costs no message', async () => {
  const hub = testHub({ methods });
  const client = await httpWire(hub);
  await client.poll();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await client.poll();
  await connected;
  const aborter = new AbortController();
  const lost = client.poll({ signal: aborter.signal });
  aborter.abort();
  expect(await lost).toBe('nothing');
  expect(await client.poll({ signal: aborter.signal })).toBe('nothing');
  await hub.clients.all.send('Heard', 1);
  expect(await client.poll()).toBe('200 {"type":1,"target":"Heard","arguments":[1]}|');
});

test('says with a 204 that onDisconnected has finished', async () => {
  const finish = deferred();
  const hub = testHub({ onDisconnected: () => finish.promise });
  const client = await httpWire(hub);
  await client.poll();
  await client.post(handshake);
  await client.poll();
  await client.post({ type: 7 });
  expect(await client.poll()).toBe('200 {"type":7}|');
  const last = client.poll();
  expect(await client.post({ type: 6 })).toBe('200');
  finish.resolve();
  expect([await last, await client.poll()]).toEqual(['204', '404 No Connection with that ID']);
});

test('keeps the last messages for a client that is between two polls', async () => {
  const hub = testHub();
  const client = await httpWire(hub);
  await client.poll();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await connected;
  await client.poll();
  await hub.close({ allowReconnect: true });
  expect(hub.connections()).toEqual([]);
  expect([await client.post({ type: 6 }), await client.poll(), await client.poll()]).toEqual([
    '200',
    '200 {"type":7,"allowReconnect":true}|',
    '204',
  ]);
});

test('after an onDisconnected that throws each poll fails, until there is a DELETE', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const client = await httpWire(testHub({ onDisconnected: () => Promise.reject(new Error('oops')) }));
  await client.poll();
  await client.post(handshake);
  await client.poll();
  await client.post({ type: 7 });
  const answers = [await client.poll(), await client.poll(), await client.poll(), await client.post({ type: 6 })];
  expect([...answers, await client.delete(), await client.poll()]).toEqual([
    '200 {"type":7}|',
    '500',
    '500',
    '200',
    '202',
    '404 No Connection with that ID',
  ]);
  expect(told).toHaveBeenCalledOnce();
  told.mockRestore();
});

test('DELETE ends the connection, and does not wait for onDisconnected', async () => {
  const finish = deferred();
  const hub = testHub({ onDisconnected: () => finish.promise });
  const client = await httpWire(hub);
  await client.poll();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await connected;
  await client.poll();
  const disconnected = hub.waitFor('disconnected');
  const waiting = client.poll();
  expect(await client.delete()).toBe('202');
  expect(await waiting).toBe('200 {"type":7,"allowReconnect":true}|');
  expect([await client.poll(), await client.post({ type: 6 }), await client.delete()]).toEqual(['404', '404', '202']);
  finish.resolve();
  expect((await disconnected).error).toBeUndefined();
  expect(await client.poll()).toBe('404 No Connection with that ID');
});

test('DELETE ends a connection without a handshake, or one that the hub has closed', async () => {
  const hub = testHub();
  const [unshaken, closed] = [await httpWire(hub), await httpWire(hub)];
  await unshaken.poll();
  const waiting = unshaken.poll();
  expect([await unshaken.delete(), await waiting]).toEqual(['202', '204']);
  await closed.poll();
  await closed.post({ protocol: 'nope', version: 1 });
  expect(await closed.poll()).toBe(`200 {"error":"The protocol 'nope' is not supported."}|`);
  expect([await closed.delete(), await closed.delete()]).toEqual(['202', '404 No Connection with that ID']);
});

test.each([
  ['GET', '/hub', 400, 'Connection ID required'],
  ['GET', '/hub?id=', 400, 'Connection ID required'],
  ['GET', '/hub?id=nope', 404, 'No Connection with that ID'],
  ['POST', '/hub', 400, 'Connection ID required'],
  ['DELETE', '/hub', 400, 'Connection ID required'],
  ['DELETE', '/hub?id=nope', 404, 'No Connection with that ID'],
  ['HEAD', '/hub?id=nope', 405, ''],
])('answers %s %s with %i %s', async (method, url, status, body) => {
  expect(await testHub().handleRequest({ method, url })).toMatchObject({
    status,
    body,
    headers: { 'Content-Type': 'text/plain' },
  });
});

test.each(['GET', 'POST', 'DELETE', 'PUT', 'HEAD'])('asks who it is before it looks at a %s', async (method) => {
  const hub = testHub({ authenticate: () => null });
  expect((await hub.handleRequest({ method, url: '/hub?id=nope' }))?.status).toBe(401);
});

test('takes messages from whoever may call the hub, and goes on seeing the user of the first poll', async () => {
  const hub = testHub({
    authenticate: ({ token }) => (token === null ? null : { userId: token.split('-')[0]!, claims: { token } }),
    methods: { WhoAmI: ({ userId, user }) => [userId, user?.claims?.token] },
  });
  const client = await httpWire(hub, '&access_token=ann');
  const body = `${JSON.stringify(handshake)}\x1e{"type":1,"invocationId":"1","target":"WhoAmI","arguments":[]}\x1e`;
  await client.poll();
  const answers: string[] = [];
  for (const query of ['', '&access_token=bob']) answers.push(await client.ask('POST', { body, query }));
  for (const query of ['', '&access_token=ann-2']) answers.push(await client.poll({ query }));
  answers.push(await client.ask('DELETE', { query: '' }));
  expect(answers).toEqual(['401', '200', '401', '200 {}|{"type":3,"invocationId":"1","result":["ann","ann"]}|', '401']);
});

test('the client of SignalR invokes, streams, listens and leaves', async () => {
  const { hub, url } = await listeningHub({
    methods: {
      ...methods,
      Echo: (call, text) => call.clients.caller.send('Said', text),
    },
    streams: {
      *Count(_call, to: number) {
        for (let index = 0; index < to; index += 1) yield index;
      },
    },
  });
  const client = httpClient(url, HttpTransportType.LongPolling);
  const said = new Promise((resolve) => client.on('Said', resolve));
  await client.start();
  const items: number[] = [];
  await new Promise<void>((complete, error) =>
    client.stream('Count', 3).subscribe({ next: (item: number) => items.push(item), complete, error }),
  );
  await client.send('Echo', 'hello');
  expect([await client.invoke('Add', 1, 2), items, await said]).toEqual([3, [0, 1, 2], 'hello']);
  const gone = hub.waitFor('disconnected');
  await client.stop();
  expect((await gone).error).toBeUndefined();
});

test('the client of SignalR speaks MessagePack', async () => {
  const { url } = await listeningHub({ methods, protocols: [new MessagePackHubProtocol()] });
  const client = httpClient(url, HttpTransportType.LongPolling, {}, new MessagePackHubProtocol());
  await client.start();
  expect(await client.invoke('Add', 1, 2)).toBe(3);
  await client.stop();
});

test('on a port a client that goes away gives up its poll, and the next one brings the messages', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => (server.close(() => resolve()), server.closeAllConnections())));
  const { port } = server.address() as AddressInfo;
  const hub = testHub({ methods });
  await hub.attach(server);
  const { connectionToken } = await negotiate(hub);
  const at = `http://127.0.0.1:${port}/hub?id=${connectionToken}`;
  await fetch(at);
  const connected = hub.waitFor('connected');
  await fetch(at, { method: 'POST', body: encode([handshake]) });
  await connected;
  await fetch(at);

  const gone = new Promise((resolve) => server.once('connection', (socket) => socket.once('close', resolve)));
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET /hub?id=${connectionToken} HTTP/1.1\r\nHost: hub\r\n\r\n`, () => socket.destroy());
  await gone;
  await hub.clients.all.send('Heard', 1);
  const answer = await fetch(at);
  expect([answer.headers.get('content-type'), answer.headers.get('content-length'), await answer.text()]).toEqual([
    'application/octet-stream',
    '44',
    '{"type":1,"target":"Heard","arguments":[1]}\x1e',
  ]);
});
