import { connect } from 'node:net';
import { HttpTransportType } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { WebSocket } from 'ws';
import { expect, test } from 'vitest';
import { handshake, inMemory, rawSocket } from './support/clients.ts';
import { httpClient, httpWire } from './support/http.ts';
import { listeningHub, testHub } from './support/hub.ts';

/** 44 bytes with its record separator. */
const heard = '{"type":1,"target":"Heard","arguments":[1]}|';
const transports = [
  HttpTransportType.WebSockets,
  HttpTransportType.ServerSentEvents,
  HttpTransportType.LongPolling,
] as const;

test('cutAfter() cuts an event in its middle', async () => {
  const hub = testHub();
  const client = await httpWire(hub);
  const stream = await client.events();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await connected;
  hub.cutAfter(54);
  const disconnected = hub.waitFor('disconnected');
  for (let i = 0; i < 3; i += 1) await hub.clients.all.send('Heard', 1);
  await disconnected;
  expect([await stream.until(5), await client.post({ type: 6 })]).toEqual([
    [':↵', 'data: {}|↵↵', `data: ${heard}↵↵`, 'data: {"type":1,', 'died'],
    '404 No Connection with that ID',
  ]);
});

test('cutAfter() ends behind a message where it is whole by then', async () => {
  const hub = testHub();
  const client = await httpWire(hub);
  const stream = await client.events();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await connected;
  hub.cutAfter(44);
  await hub.clients.all.send('Heard', 1);
  expect((await stream.until(4)).slice(2)).toEqual([`data: ${heard}↵↵`, 'died']);
});

test.each(['waits', 'comes later'])('cutAfter() cuts the body of a poll that %s', async (when) => {
  const hub = testHub();
  const client = await httpWire(hub);
  await client.poll();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await connected;
  await client.poll();
  hub.cutAfter(54);
  const early = when === 'waits' ? hub.handleRequest({ method: 'GET', url: `/hub?id=${client.id}` }) : null;
  const disconnected = hub.waitFor('disconnected');
  for (let i = 0; i < 3; i += 1) await hub.clients.all.send('Heard', 1);
  await disconnected;
  expect(await client.post({ type: 6 })).toMatch(/^404/);
  const answer = await (early ?? hub.handleRequest({ method: 'GET', url: `/hub?id=${client.id}` }));
  if (!(answer?.body instanceof ReadableStream)) throw new Error('No stream.');
  const reader = answer.body.getReader();
  const { value } = await reader.read();
  await expect(reader.read()).rejects.toThrow('The connection died.');
  expect([answer.headers['Content-Length'], new TextDecoder().decode(value).replaceAll('\x1e', '|')]).toEqual([
    '88',
    `${heard}{"type":1,`,
  ]);
  expect(await client.poll()).toBe('404 No Connection with that ID');
});

test('cutAfter() cuts the frame of a WebSocket in its middle on a port', async () => {
  const { hub, url } = await listeningHub();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let bytes = Buffer.alloc(0);
  let look: () => void = () => undefined;
  const has = (count: number): Promise<void> =>
    new Promise((resolve) => {
      look = () => bytes.length >= count && resolve();
      look();
    });
  socket.on('data', (data) => {
    bytes = Buffer.concat([bytes, data]);
    look();
  });
  const ended = new Promise((resolve) => socket.once('close', resolve));
  const key = Buffer.alloc(16).toString('base64');
  socket.write(
    `GET /hub HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await has(1);
  const head = bytes.indexOf('\r\n\r\n') + 4;
  // A masked frame whose mask is zero is as good as an open one.
  const record = Buffer.from(`${JSON.stringify(handshake)}\x1e`);
  const connected = hub.waitFor('connected');
  socket.write(Buffer.concat([Buffer.of(0x81, 0x80 | record.length, 0, 0, 0, 0), record]));
  await connected;
  await has(head + 5);
  hub.cutAfter(54);
  for (let i = 0; i < 3; i += 1) await hub.clients.all.send('Heard', 1);
  await ended;
  expect(bytes.subarray(head + 5).toString('latin1')).toBe(`\x81\x2c${heard.replace('|', '\x1e')}\x81\x2c{"type":1,`);
});

test.each([65, 200, 70_000])(
  'cutAfter(10) gives nothing of a frame of %i bytes to a client that waits for all of it',
  async (size) => {
    const { hub, url } = await listeningHub();
    const client = await rawSocket(url);
    const connected = hub.waitFor('connected');
    client.send(handshake);
    await Promise.all([connected, client.until(1)]);
    hub.cutAfter(10);
    await hub.clients.all.send('Long', 'x'.repeat(size));
    expect(await client.until(2)).toEqual(['{}', 'closed 1006']);
  },
);

test('cutAfter() without a port, for chosen clients, lifted, and at once', async () => {
  const hub = testHub({ authenticate: ({ token }) => ({ userId: token ?? '' }) });
  const clients = [];
  for (const name of ['ann', 'bob', 'eve']) {
    const connected = hub.waitFor('connected');
    const client = await inMemory(hub, { url: `/hub?access_token=${name}` });
    client.send(handshake);
    await connected;
    clients.push(client);
  }
  hub.cutAfter(50, { filter: ({ userId }) => userId === 'ann' });
  hub.cutAfter(50, { filter: ({ userId }) => userId === 'bob' })();
  hub.cutAfter(0, { filter: ({ userId }) => userId === 'eve' });
  for (let i = 0; i < 2; i += 1) await hub.clients.all.send('Heard', 1);
  const message = heard.slice(0, -1);
  expect(clients.map(({ log }) => log)).toEqual([
    ['{}', message, 'closed 1006'],
    ['{}', message, message],
    ['{}', 'closed 1006'],
  ]);
});

test.each(transports)('the client of SignalR loses a connection that was cut on transport %i', async (transport) => {
  const { hub, url } = await listeningHub();
  const client = httpClient(url, transport);
  const heardHere: unknown[] = [];
  client.on('Heard', (value) => heardHere.push(value));
  const closed = new Promise<void>((resolve) => client.onclose(() => resolve()));
  const connected = hub.waitFor('connected');
  await client.start();
  await connected;
  hub.cutAfter(54);
  for (let i = 0; i < 3; i += 1) await hub.clients.all.send('Heard', i);
  await closed;
  // The whole body of a poll is lost with its end.
  expect(heardHere).toEqual(transport === HttpTransportType.LongPolling ? [] : [0]);
});

test.each(transports)('the client of SignalR closes at garbage on transport %i', async (transport) => {
  const { hub, url } = await listeningHub();
  for (const seed of [1, 2]) {
    const client = httpClient(url, transport);
    const closed = new Promise((resolve) => client.onclose(resolve));
    const connected = hub.waitFor('connected');
    await client.start();
    await connected;
    hub.garbage({ seed });
    expect(await closed).toBeInstanceOf(Error);
  }
});

test('garbage() is the same for the same seed, goes to the chosen clients, and is never a message', async () => {
  const hub = testHub({ authenticate: ({ token }) => ({ userId: token ?? '' }) });
  const sent: Record<string, string[]> = { ann: [], bob: [] };
  for (const [name, log] of Object.entries(sent)) {
    const connected = hub.waitFor('connected');
    const answer = await hub.handleUpgrade({ method: 'GET', url: `/hub?access_token=${name}` });
    if (!answer?.accepted) throw new Error('Refused.');
    const events = answer.accept({
      send: (data) => void log.push(data as string),
      close: () => {},
      terminate: () => {},
    });
    events.message(`${JSON.stringify(handshake)}\x1e`);
    await connected;
    log.length = 0;
  }
  for (const seed of [7, 8, 7]) hub.garbage({ seed, filter: ({ userId }) => userId === 'ann' });
  hub.garbage();
  const { ann, bob } = sent;
  expect([ann?.length, bob?.length]).toEqual([4, 1]);
  expect([ann?.[0] === ann?.[2], ann?.[0] === ann?.[1], ann?.[3] === bob?.[0]]).toEqual([true, false, true]);
  for (const text of ann!) expect(() => JSON.parse(text.split('\x1e', 1)[0]!) as unknown).toThrow(SyntaxError);
});

test('garbage() is binary where the protocol is', async () => {
  const protocol = new MessagePackHubProtocol();
  const { hub, url } = await listeningHub({ protocols: [protocol] });
  const frames = new Promise<{ data: Buffer; isBinary: boolean }>((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws'));
    const seen: Buffer[] = [];
    socket.on('open', () => socket.send(`${JSON.stringify({ protocol: 'messagepack', version: 1 })}\x1e`));
    socket.on('message', (data: Buffer, isBinary) => {
      seen.push(data);
      if (seen.length === 2) resolve({ data, isBinary });
    });
  });
  await hub.waitFor('connected');
  hub.garbage();
  const { data, isBinary } = await frames;
  expect(isBinary).toBe(true);
  expect(() => protocol.parseMessages(new Uint8Array(data).buffer, { log: () => undefined })).toThrow(Error);
});
