import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { HttpTransportType, JsonHubProtocol } from '@microsoft/signalr';
import type { HubMessage } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { expect, onTestFinished, test } from 'vitest';
import { handshake } from './support/clients.ts';
import { encode, httpClient, httpWire, negotiate } from './support/http.ts';
import type { HttpWire } from './support/http.ts';
import { deferred, listeningHub, testHub } from './support/hub.ts';

const methods = { Add: (_call: unknown, a: number, b: number) => a + b };
const refusal = (opening: ReturnType<HttpWire['events']>): Promise<unknown> =>
  opening.then(
    () => 'opened',
    ({ message }: Error) => message,
  );

test('says something at once, and then one event for each message', async () => {
  const client = await httpWire(testHub({ methods }));
  const stream = await client.events();
  expect(stream.response).toMatchObject({
    status: 200,
    headers: {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache,no-store',
      Pragma: 'no-cache',
      'Content-Encoding': 'identity',
    },
  });
  expect(await client.post(handshake)).toBe('200');
  expect(await client.post({ type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] })).toBe('200');
  expect(await stream.until(3)).toEqual([':↵', 'data: {}|↵↵', 'data: {"type":3,"invocationId":"1","result":3}|↵↵']);
});

test('writes each line of a message as a field of its own', async () => {
  class Printed extends JsonHubProtocol {
    override writeMessage(message: HubMessage): string {
      return `${JSON.stringify(message, null, 1)}\x1e`;
    }
  }
  const hub = testHub({ protocols: [new Printed()] });
  const client = await httpWire(hub);
  const stream = await client.events();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await connected;
  await hub.close();
  expect(await stream.until(4)).toEqual([':↵', 'data: {}|↵↵', 'data: {↵data:  "type": 7↵data: }|↵↵', 'ended']);
});

test('keeps what was posted before the stream', async () => {
  const client = await httpWire(testHub());
  await client.post(handshake);
  expect(await (await client.events()).until(2)).toEqual([':↵', 'data: {}|↵↵']);
});

test('ends the stream when onDisconnected has finished', async () => {
  const finish = deferred();
  const hub = testHub({ onDisconnected: () => finish.promise });
  const client = await httpWire(hub);
  const stream = await client.events();
  await client.post(handshake);
  await client.post({ type: 7 });
  await stream.until(3);
  expect(await client.post({ type: 6 })).toBe('200');
  const before = [...stream.log];
  finish.resolve();
  expect([before, await stream.until(4)]).toEqual([
    [':↵', 'data: {}|↵↵', 'data: {"type":7}|↵↵'],
    [':↵', 'data: {}|↵↵', 'data: {"type":7}|↵↵', 'ended'],
  ]);
  expect(await client.post({ type: 6 })).toBe('404 No Connection with that ID');
});

test.each(['cancels the stream', 'aborts the request'])('hears that a client has gone which %s', async (how) => {
  const finish = deferred();
  const hub = testHub({ onDisconnected: () => finish.promise });
  const client = await httpWire(hub);
  const aborter = new AbortController();
  const stream = await client.events({ signal: aborter.signal });
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await connected;
  const disconnected = hub.waitFor('disconnected');
  if (how === 'aborts the request') aborter.abort();
  else await stream.leave();
  expect([hub.connections(), await client.post({ type: 6 })]).toEqual([[], '404']);
  finish.resolve();
  expect((await disconnected).error).toBeUndefined();
  expect(await client.post({ type: 6 })).toBe('404 No Connection with that ID');
});

test('refuses a second stream, DELETE, other transports, and ids that it does not know', async () => {
  const hub = testHub();
  const client = await httpWire(hub);
  await client.events();
  const polling = await httpWire(hub);
  await polling.poll();
  const headers = { Accept: 'text/event-stream' };
  const unknown = await hub.handleRequest({ method: 'GET', url: '/hub?id=nope', headers });
  const refused = await hub.handleUpgrade({ method: 'GET', url: `/hub?id=${client.id}` });
  expect([
    await refusal(client.events()),
    await client.delete(),
    await client.poll(),
    await refusal(polling.events()),
    unknown?.status,
    refused && !refused.accepted && [refused.response.status, refused.response.body],
  ]).toEqual([
    '409',
    '400 Cannot terminate this connection using the DELETE endpoint.',
    '400 Cannot change transports mid-connection',
    '400 Cannot change transports mid-connection',
    404,
    [400, 'Cannot change transports mid-connection'],
  ]);
});

test.each([
  ['text/event-stream', 'text/event-stream'],
  ['text/html, Text/Event-Stream', 'text/event-stream'],
  ['*/*', 'application/octet-stream'],
  ['text/event-stream;q=0.9', 'application/octet-stream'],
])('a GET that accepts %s gets %s', async (accept, type) => {
  const hub = testHub();
  const { connectionToken } = await negotiate(hub);
  const answer = await hub.handleRequest({ method: 'GET', url: `/hub?id=${connectionToken}`, headers: { accept } });
  expect(answer?.headers['Content-Type']).toBe(type);
});

test('carries no binary protocol', async () => {
  const client = await httpWire(testHub({ protocols: [new MessagePackHubProtocol()] }));
  const stream = await client.events();
  await client.post({ protocol: 'messagepack', version: 1 });
  expect((await stream.until(3)).slice(1)).toEqual([
    `data: {"error":"Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' transfer format."}|↵↵`,
    'ended',
  ]);
});

test('the client of SignalR invokes, listens and leaves, and comes back after a close', async () => {
  const { hub, url } = await listeningHub({
    authenticate: ({ token }) => (token === null ? null : { userId: token }),
    methods: { ...methods, Echo: (call, text) => call.clients.caller.send('Said', `${call.userId}: ${text}`) },
  });
  const client = httpClient(url, HttpTransportType.ServerSentEvents, { accessTokenFactory: () => 'ann' });
  const said = new Promise((resolve) => client.on('Said', resolve));
  const closed = new Promise<void>((resolve) => client.onclose(() => resolve()));
  await client.start();
  await client.send('Echo', 'hello');
  expect([await client.invoke('Add', 1, 2), await said]).toEqual([3, 'ann: hello']);
  await hub.close();
  await closed;
  await client.start();
  const gone = hub.waitFor('disconnected');
  await client.stop();
  expect((await gone).client.userId).toBe('ann');
});

test('on a port the stream is one endless answer, and its client may just go', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => (server.close(() => resolve()), server.closeAllConnections())));
  const { port } = server.address() as AddressInfo;
  const hub = testHub();
  await hub.attach(server);
  const { connectionToken } = await negotiate(hub);
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  const opened = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      heard += data.toString();
      if (heard.includes(':\r\n')) resolve();
    });
  });
  socket.write(`GET /hub?id=${connectionToken} HTTP/1.1\r\nHost: hub\r\nAccept: text/event-stream\r\n\r\n`);
  await opened;
  const connected = hub.waitFor('connected');
  await hub.handleRequest({ method: 'POST', url: `/hub?id=${connectionToken}`, body: encode([handshake]) });
  await connected;
  const disconnected = hub.waitFor('disconnected');
  socket.destroy();
  await disconnected;
  expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Transfer-Encoding: chunked\r\n/);
});
