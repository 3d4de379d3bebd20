import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import type { HubConnection, IHttpConnectionOptions } from '@microsoft/signalr';
import { createHubClient } from '@org/hub-core';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { createTestTokens } from '../src/index.ts';
import type { HubContract, TestHub } from '../src/index.ts';
import { mswHandlers } from '../src/msw.ts';
import type { MswHandlersOptions } from '../src/msw.ts';
import { bearer, signalrClient } from './support/clients.ts';
import { deferred, testHub } from './support/hub.ts';

const server = setupServer();
const url = 'http://api.test/hub';

beforeAll(() => {
  // Node has a class of its own from version 22 on; MSW takes the place of whichever is there.
  vi.stubGlobal('WebSocket', NodeWebSocket);
  server.listen({ onUnhandledRequest: 'error' });
});
afterEach(() => server.resetHandlers());
afterAll(() => {
  server.close();
  vi.unstubAllGlobals();
});

function serve(hub: TestHub<HubContract>, options?: MswHandlersOptions): void {
  server.use(...mswHandlers(hub, options));
}

/** In Node, SignalR does not look for the global class by itself. */
function client(options: IHttpConnectionOptions = {}, address = url): HubConnection {
  return signalrClient(address, { WebSocket: globalThis.WebSocket, ...options } as IHttpConnectionOptions);
}

const methods = { Add: (_call: unknown, a: number, b: number) => a + b };

test('SignalR’s client and a hub client reach the hub through MSW', async () => {
  serve(testHub({ methods }));
  const raw = client();
  await raw.start();
  const hub = createHubClient({ url, logger: 'none' });
  onTestFinished(() => hub.dispose());
  await hub.start();
  expect([await raw.invoke('Add', 1, 2), await hub.invoke('Add', 3, 4)]).toEqual([3, 7]);
  await raw.stop();
});

const transports = [HttpTransportType.WebSockets, HttpTransportType.LongPolling] as const;

test.each(transports.map((transport) => [HttpTransportType[transport], transport] as const))(
  '%s pass through MSW, MessagePack too',
  async (_name, transport) => {
    const hub = testHub({ methods, protocols: [new MessagePackHubProtocol()] });
    serve(hub);
    const connection = new HubConnectionBuilder()
      .withUrl(url, { WebSocket: globalThis.WebSocket, transport } as IHttpConnectionOptions)
      .withHubProtocol(new MessagePackHubProtocol())
      .configureLogging(LogLevel.None)
      .build();
    await connection.start();
    expect(await connection.invoke('Add', 1, 2)).toBe(3);
    const gone = hub.waitFor('disconnected');
    await connection.stop();
    await gone;
  },
);

test('server-sent events pass through MSW, and the hub hears when the client goes', async () => {
  const hub = testHub();
  serve(hub);
  const negotiated = await fetch(`${url}/negotiate?negotiateVersion=1`, { method: 'POST' });
  const { connectionToken } = (await negotiated.json()) as { connectionToken: string };
  const stop = new AbortController();
  const address = `${url}?id=${connectionToken}`;
  const stream = await fetch(address, { headers: { Accept: 'text/event-stream' }, signal: stop.signal });
  const connected = hub.waitFor('connected');
  await fetch(address, { method: 'POST', body: '{"protocol":"json","version":1}\x1e' });
  await connected;
  const reader = stream.body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('{}')) text += decoder.decode((await reader.read()).value);
  expect(text).toBe(':\r\ndata: {}\x1e\r\n\r\n');
  const gone = hub.waitFor('disconnected');
  stop.abort();
  await gone;
  await expect(reader.read()).rejects.toThrow('aborted');
});

test('answers at one address only, where one is given', async () => {
  serve(testHub({ methods: { Name: () => 'chat' } }), { url: 'http://api.test/hubs/chat' });
  serve(testHub({ methods: { Name: () => 'news' } }), { url: 'http://api.test/hubs/news' });
  const names: unknown[] = [];
  for (const name of ['chat', 'news']) {
    const connection = client({}, `http://api.test/hubs/${name}`);
    await connection.start();
    names.push(await connection.invoke('Name'));
    await connection.stop();
  }
  expect(names).toEqual(['chat', 'news']);
});

test('a refused negotiate keeps its status and its challenge', async () => {
  serve(testHub({ authenticate: createTestTokens().authenticate }));
  const response = await fetch(`${url}/negotiate?negotiateVersion=1`, { method: 'POST' });
  expect([response.status, response.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer']);
});

test('the end point for refreshes lies below the hub’s address', async () => {
  serve(testHub());
  const refused = await fetch(`${url}/refresh?id=x`, { method: 'POST' });
  expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([404, 'refresh_disabled']);
});

/** Every event of a socket until it is closed. */
function eventsOf(socket: WebSocket, onOpen: () => void = () => undefined): Promise<string[]> {
  const log: string[] = [];
  return new Promise((resolve) => {
    socket.onopen = () => (log.push('open'), onOpen());
    socket.onmessage = ({ data }) => log.push(`message ${String(data)}`);
    socket.onerror = () => log.push('error');
    socket.onclose = ({ code, wasClean }) => resolve([...log, `close ${code} ${wasClean}`]);
  });
}

test('a refused socket is never open', async () => {
  const hub = testHub();
  serve(hub);
  hub.reject(401, { on: 'upgrade' });
  // In a browser, wasClean is false.
  expect(await eventsOf(new WebSocket(url.replace('http', 'ws')))).toEqual(['error', 'close 1006 true']);
});

test('a socket that is closed before it was open leaves nothing behind', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const asked = deferred();
  const answer = deferred<null>();
  serve(testHub({ anonymous: true, authenticate: () => (asked.resolve(), answer.promise) }));
  const socket = new WebSocket(url.replace('http', 'ws'));
  const log = eventsOf(socket);
  await asked.promise;
  socket.close();
  expect(await log).toEqual(['close 1000 true']);
  answer.resolve(null);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('a dropped socket closes with 1006, and the client of SignalR takes it for lost', async () => {
  const hub = testHub();
  serve(hub);
  const connection = client();
  await connection.start();
  const closed = new Promise<Error | undefined>((resolve) => connection.onclose(resolve));
  hub.drop();
  expect((await closed)?.message).toBe('WebSocket closed with status code: 1006 (no reason given).');
});

test('a restart is a time without a server', async () => {
  const hub = testHub();
  serve(hub);
  const back = hub.restart({ downFor: 20 });
  await expect(fetch(`${url}/negotiate`, { method: 'POST' })).rejects.toThrow(TypeError);
  await back;
  expect((await fetch(`${url}/negotiate`, { method: 'POST' })).status).toBe(200);
});

test('the hub hears what the client closes, and what it sends before', async () => {
  const hub = testHub({ methods: { Note: () => undefined } });
  serve(hub);
  const gone = hub.waitFor('disconnected');
  const socket = new WebSocket(`ws://api.test/hub`);
  const log = await eventsOf(socket, () => {
    socket.send('{"protocol":"json","version":1}\x1e');
    socket.send(new Blob(['{"type":1,"target":"Note","arguments":["blob"]}\x1e']));
    socket.send(new TextEncoder().encode('{"type":1,"target":"Note","arguments":["bytes"]}\x1e'));
    void hub.waitFor('completed', ({ args }) => args[0] === 'bytes').then(() => socket.close());
  });
  await gone;
  expect([log, hub.received().map(({ args }) => args[0])]).toEqual([
    ['open', 'message {}\x1e', 'close 1000 true'],
    ['blob', 'bytes'],
  ]);
});

test('tells where a WebSocket cannot be served', async () => {
  serve(testHub());
  const refused = new Promise<Error>((resolve) => new NodeWebSocket('ws://api.test/hub').once('error', resolve));
  expect((await refused).message).toBe('Unexpected server response: 501');
});

test('the token of a query reaches the hub, and not the console', async () => {
  const tokens = createTestTokens();
  serve(testHub({ authenticate: tokens.authenticate, methods: { WhoAmI: ({ userId }) => userId } }));
  const said: unknown[] = [];
  for (const level of ['log', 'info', 'warn', 'error', 'debug', 'groupCollapsed'] as const) {
    vi.spyOn(console, level).mockImplementation((...args: unknown[]) => void said.push(args));
  }
  onTestFinished(() => void vi.restoreAllMocks());
  const token = await tokens.issue({ sub: 'ann' });
  const connection = client(
    { ...bearer(token), skipNegotiation: true, transport: HttpTransportType.WebSockets },
    `${url}?access_token=${token}`,
  );
  await connection.start();
  expect([await connection.invoke('WhoAmI'), said]).toEqual(['ann', []]);
  await connection.stop();
});
