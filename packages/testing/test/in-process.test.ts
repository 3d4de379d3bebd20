import { HttpTransportType, HubConnectionState } from '@microsoft/signalr';
import { createHubClient } from '@org/hub-core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTestTokens } from '../src/index.ts';
import { signalrClient } from './support/clients.ts';
import { deferred, testHub } from './support/hub.ts';

const methods = { Add: (_call: unknown, a: number, b: number) => a + b };

test('the client of SignalR needs nothing but the hub', async () => {
  const hub = testHub({ methods });
  const at = hub.inProcess();
  const client = signalrClient(at.url, at);
  await client.start();
  expect([at.url, await client.invoke('Add', 1, 2), hub.connections().length]).toEqual(['http://hub.test/hub', 3, 1]);
  const gone = hub.waitFor('disconnected');
  await client.stop();
  await gone;
});

test('a hub client needs nothing but the hub', async () => {
  const hub = testHub({ methods });
  const { url, fetch, WebSocket } = hub.inProcess();
  const client = createHubClient({ url, signalr: { fetch, WebSocket }, logger: 'none' });
  onTestFinished(() => client.dispose());
  await client.start();
  expect(await client.invoke('Add', 1, 2)).toBe(3);
});

test('a token reaches the hub, and a refusal the client', async () => {
  const tokens = createTestTokens();
  const hub = testHub({ authenticate: tokens.authenticate, methods: { WhoAmI: ({ userId }) => userId } });
  const at = hub.inProcess();
  const stranger = signalrClient(at.url, at);
  await expect(stranger.start()).rejects.toThrow("Status code '401'");
  const token = await tokens.issue({ sub: 'ann' });
  const ann = signalrClient(at.url, { ...at, accessTokenFactory: () => token });
  await ann.start();
  expect(await ann.invoke('WhoAmI')).toBe('ann');
  await ann.stop();
});

test('each hub has its address, and hands the others on', async () => {
  const named = (name: string) => testHub({ methods: { Name: () => name } });
  const chat = named('chat').inProcess({ url: 'https://api.test/hubs/chat' });
  const both = named('news').inProcess({ url: 'https://api.test/hubs/news', others: chat });
  const names: unknown[] = [];
  for (const { url } of [chat, both]) {
    const client = signalrClient(url, both);
    await client.start();
    names.push(await client.invoke('Name'));
    await client.stop();
  }
  await expect(both.fetch('https://api.test/hubs/chatter')).rejects.toThrow(TypeError);
  expect(names).toEqual(['chat', 'news']);
});

test('while nothing listens, fetch rejects and a socket fails, as over a network', async () => {
  const hub = testHub();
  const at = hub.inProcess();
  const negotiate = (): Promise<unknown> =>
    at.fetch(`${at.url}/negotiate`, { method: 'POST' }).then(
      ({ status, url }) => [status, url],
      (error: Error) => [error.name, (error.cause as { code: string }).code],
    );
  const back = hub.restart({ downFor: 20 });
  expect([await negotiate(), await eventsOf(new at.WebSocket(at.url))]).toEqual([
    ['TypeError', 'ECONNREFUSED'],
    ['error 3', 'close 1006 false'],
  ]);
  await back;
  expect(await negotiate()).toEqual([200, 'http://hub.test/hub/negotiate']);
});

test('fetch gives up with its signal, and the hub hears of it', async () => {
  const hub = testHub();
  const { fetch, url } = hub.inProcess();
  hub.freeze();
  const stop = new AbortController();
  const waiting = fetch(`${url}/negotiate`, { method: 'POST', signal: stop.signal });
  stop.abort(new Error('Enough.'));
  await expect(waiting).rejects.toThrow('Enough.');
  await expect(fetch(url, { signal: stop.signal })).rejects.toThrow('Enough.');
});

/** Every event of a socket until it is closed, with what a page can read of it; `act` runs when it is open. */
function eventsOf(socket: WebSocket, act: (socket: WebSocket) => void = () => undefined): Promise<string[]> {
  const { promise, resolve } = deferred<string[]>();
  const log: string[] = [];
  socket.onopen = () => {
    log.push(`open ${socket.readyState}`);
    act(socket);
  };
  socket.onmessage = ({ data }) => log.push(`message ${String(data)}`);
  socket.onerror = () => log.push(`error ${socket.readyState}`);
  socket.addEventListener('close', ({ code, wasClean }) => {
    log.push(`close ${code} ${wasClean}`);
    resolve(log);
  });
  return promise;
}

const handshake = '{"protocol":"json","version":1}\x1e';

test('a socket has the states, events and codes of a browser’s', async () => {
  const hub = testHub({ allowedOrigins: ['https://app.test'], methods: { Abort: (call) => call.abort() } });
  const { WebSocket, url } = hub.inProcess();
  const refused = new WebSocket(url, undefined, { headers: { Origin: 'https://evil.test' } });
  expect([refused.url, refused.readyState]).toEqual(['ws://hub.test/hub', WebSocket.CONNECTING]);
  expect(await eventsOf(refused)).toEqual(['error 3', 'close 1006 false']);

  expect(await eventsOf(new WebSocket(url), (socket) => socket.close(3000, 'enough'))).toEqual([
    'open 1',
    'close 1000 true',
  ]);
  const abort = (socket: WebSocket): void => socket.send(`${handshake}{"type":1,"target":"Abort","arguments":[]}\x1e`);
  expect(await eventsOf(new WebSocket(url), abort)).toEqual([
    'open 1',
    'message {}\x1e',
    'message {"type":7}\x1e',
    'close 1000 true',
  ]);
  const dropped = eventsOf(new WebSocket(url), (socket) => socket.send(handshake));
  await hub.waitFor('connected');
  hub.drop();
  expect(await dropped).toEqual(['open 1', 'message {}\x1e', 'close 1006 false']);

  const early = new WebSocket(url);
  early.close();
  expect([early.readyState, await eventsOf(early)]).toEqual([WebSocket.CLOSING, ['error 3', 'close 1006 false']]);
});

test('a socket refuses what a browser’s refuses', async () => {
  const { WebSocket, url } = testHub().inProcess();
  const socket = new WebSocket(url);
  expect(() => socket.send('')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
  expect(() => socket.close(1001)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }));
  expect(() => socket.close(1000, 'é'.repeat(62))).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
  expect(() => new WebSocket('mailto:ann@hub.test')).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
  expect(() => new WebSocket(`${url}#part`)).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
  socket.close();
});

test('text and bytes arrive as they were sent, in order, whatever holds them', async () => {
  const hub = testHub({ methods: { Note: () => undefined } });
  const { WebSocket, url } = hub.inProcess();
  const socket = new WebSocket(url);
  const note = (n: number): string => `{"type":1,"target":"Note","arguments":[${n}]}\x1e`;
  const bytes = new TextEncoder().encode(note(2));
  const done = hub.waitFor('completed', ({ args }) => args[0] === 4);
  socket.onopen = () => {
    socket.send(handshake);
    socket.send(new Blob([note(1)]));
    socket.send(bytes);
    bytes.fill(0);
    socket.send(new TextEncoder().encode(note(3)).buffer);
    socket.send(note(4));
  };
  await done;
  expect(hub.received().map(({ args }) => args[0])).toEqual([1, 2, 3, 4]);
  socket.close();
});

test('a frozen hub leaves a socket that was closed waiting for the answer', async () => {
  const hub = testHub();
  const { WebSocket, url } = hub.inProcess();
  const socket = new WebSocket(url);
  const log = eventsOf(socket, () => {
    hub.freeze();
    socket.close();
  });
  // Another hub closes a socket meanwhile: time enough for this one, if it answered.
  const other = testHub().inProcess();
  await eventsOf(new other.WebSocket(other.url), (neighbour) => neighbour.close());
  expect(socket.readyState).toBe(WebSocket.CLOSING);
  hub.thaw();
  expect(await log).toEqual(['open 1', 'close 1000 true']);
});

test('takes the place of the platform’s own', async () => {
  const { fetch, url, WebSocket } = testHub({ methods }).inProcess({ others: globalThis });
  vi.stubGlobal('WebSocket', WebSocket);
  vi.stubGlobal('fetch', fetch);
  onTestFinished(() => void vi.unstubAllGlobals());
  const client = createHubClient({ url, logger: 'none' });
  onTestFinished(() => client.dispose());
  await client.start();
  expect([await client.invoke('Add', 1, 2), await (await globalThis.fetch('data:,elsewhere')).text()]).toEqual([
    3,
    'elsewhere',
  ]);
});

test('skips negotiation', async () => {
  const hub = testHub({ methods });
  const at = hub.inProcess();
  const client = signalrClient(at.url, { ...at, skipNegotiation: true, transport: HttpTransportType.WebSockets });
  await client.start();
  expect([await client.invoke('Add', 1, 2), client.state]).toEqual([3, HubConnectionState.Connected]);
  await client.stop();
});
