import { HttpTransportType, HubConnectionBuilder, HubConnectionState, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
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

const transports = [
  HttpTransportType.WebSockets,
  HttpTransportType.ServerSentEvents,
  HttpTransportType.LongPolling,
] as const;
const named = transports.map((transport) => [HttpTransportType[transport], transport] as const);

test.each(named)('%s pass through the same doors', async (_name, transport) => {
  const hub = testHub({ methods });
  const at = hub.inProcess();
  const client = signalrClient(at.url, { ...at, transport });
  const heard = new Promise((resolve) => client.on('Heard', resolve));
  await client.start();
  const sum = await client.invoke('Add', 1, 2);
  await hub.clients.all.send('Heard', 'line\nline');
  expect([sum, await heard]).toEqual([3, 'line\nline']);
  const gone = hub.waitFor('disconnected');
  await client.stop();
  await gone;
});

test.each(named)('%s are lost when they are dropped', async (_name, transport) => {
  const hub = testHub();
  const at = hub.inProcess();
  const client = signalrClient(at.url, { ...at, transport });
  await client.start();
  const closed = new Promise((resolve) => client.onclose(resolve));
  hub.drop();
  await closed;
  expect(client.state).toBe(HubConnectionState.Disconnected);
});

test.each([
  ['WebSockets', HttpTransportType.WebSockets],
  ['LongPolling', HttpTransportType.LongPolling],
])('MessagePack over %s', async (_name, transport) => {
  const hub = testHub({ methods: { Echo: (_call, value) => value }, protocols: [new MessagePackHubProtocol()] });
  const at = hub.inProcess();
  const client = new HubConnectionBuilder()
    .withUrl(at.url, { ...at, transport })
    .withHubProtocol(new MessagePackHubProtocol())
    .configureLogging(LogLevel.None)
    .build();
  await client.start();
  const bytes = new Uint8Array([0, 128, 255]);
  expect(await client.invoke('Echo', { text: 'é', bytes })).toEqual({ text: 'é', bytes });
  await client.stop();
});

test('an event source reads what the platform’s reads, and comes back to a stream that was lost', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const hub = testHub();
  const { EventSource, fetch, url } = hub.inProcess();
  const open = async (): Promise<{ source: EventSource; log: string[]; post(body: string): Promise<unknown> }> => {
    const answer = await fetch(`${url}/negotiate?negotiateVersion=1`, { method: 'POST' });
    const { connectionToken } = (await answer.json()) as { connectionToken: string };
    const address = `${url}?id=${connectionToken}`;
    const source = new EventSource(address);
    const log: string[] = [];
    source.onopen = () => log.push(`open ${source.readyState}`);
    source.onerror = () => log.push(`error ${source.readyState}`);
    source.addEventListener('message', ({ data }) => log.push(`message ${data}`));
    return { source, log, post: (body) => fetch(address, { method: 'POST', body }) };
  };
  const { source, log, post } = await open();
  await vi.advanceTimersByTimeAsync(0);
  await post(handshake);
  await vi.advanceTimersByTimeAsync(0);
  hub.drop();
  await vi.advanceTimersByTimeAsync(0);
  expect(log).toEqual(['open 1', 'message {}\x1e', 'error 0']);
  await vi.advanceTimersByTimeAsync(2_999);
  expect(log.length).toBe(3);
  // The hub has forgotten the connection: 404, and the source gives up.
  await vi.advanceTimersByTimeAsync(1);
  expect([log.at(-1), source.readyState]).toEqual(['error 2', EventSource.CLOSED]);
  const other = await open();
  await vi.advanceTimersByTimeAsync(0);
  other.source.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([other.log, vi.getTimerCount()]).toEqual([['open 1'], 0]);
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

test('a client follows a redirect from one hub to the other, and leaves its own token behind', async () => {
  const named = ({ token }: { token: string | null }) => ({ userId: token ?? '' });
  const there = testHub({ authenticate: named, methods: { WhoAmI: ({ userId }) => userId } }).inProcess({
    url: 'https://service.test/client',
  });
  const redirect = () => ({ url: there.url, accessToken: 'of the service' });
  const here = testHub({ authenticate: named, redirect }).inProcess({ others: there });
  const client = signalrClient(here.url, { ...here, accessTokenFactory: () => 'of the app' });
  await client.start();
  expect([client.baseUrl, await client.invoke('WhoAmI')]).toEqual(['http://hub.test/hub', 'of the service']);
  await client.stop();
});

test('the end point for refreshes lies below the hub’s address', async () => {
  const { fetch, url } = testHub().inProcess();
  const refused = await fetch(`${url}/refresh?id=x`, { method: 'POST' });
  expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([404, 'refresh_disabled']);
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

test('fetch gives up with its signal, before the request and while it waits', async () => {
  const hub = testHub();
  const { fetch, url } = hub.inProcess();
  hub.freeze();
  const stop = new AbortController();
  const waiting = fetch(`${url}/negotiate`, { method: 'POST', signal: stop.signal });
  stop.abort(new Error('Enough.'));
  await expect(waiting).rejects.toThrow('Enough.');
  await expect(fetch(url, { signal: stop.signal })).rejects.toThrow('Enough.');
});

test.each(['abort', 'cancel'] as const)('the hub hears of a client that gives up a stream by %s', async (how) => {
  const hub = testHub();
  const { fetch, url } = hub.inProcess();
  const negotiated = await fetch(`${url}/negotiate?negotiateVersion=1`, { method: 'POST' });
  const { connectionToken } = (await negotiated.json()) as { connectionToken: string };
  const address = `${url}?id=${connectionToken}`;
  const stop = new AbortController();
  const stream = await fetch(address, { headers: { Accept: 'text/event-stream' }, signal: stop.signal });
  const reader = stream.body!.getReader();
  const connected = hub.waitFor('connected');
  await fetch(address, { method: 'POST', body: handshake });
  await connected;
  const gone = hub.waitFor('disconnected');
  if (how === 'abort') stop.abort(new Error('Enough.'));
  else await reader.cancel();
  await gone;
  const next = reader.read().catch((error: Error) => error.message);
  expect(await next).toEqual(how === 'abort' ? 'Enough.' : { done: true, value: undefined });
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
