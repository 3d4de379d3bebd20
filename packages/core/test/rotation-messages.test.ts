import { type HubOptions, tokenFrom, type TokenSource } from '@org/hub-core';
import { type AnyHubContract, createTestTokens, type TestHubOptions } from '@org/hub-testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, createDeferred, serve, slowMethod } from './hub.ts';
import { doorsOf } from './token-server.ts';

const tokens = createTestTokens();
const { authenticate } = tokens;
const auth = (): TokenSource => tokenFrom(() => tokens.issue({ sub: 'ann' }));

/** A client whose second link waits in `prepare` until it is let go. */
async function connect(options: Partial<HubOptions> = {}, hubOptions: TestHubOptions<AnyHubContract> = {}) {
  const { server } = await serve({ authenticate, ...hubOptions });
  const { url, fetch, WebSocket } = doorsOf(server);
  const { EventSource } = server.inProcess();
  const reached = createDeferred();
  const gate = createDeferred();
  let links = 0;
  const client = createClient(url, {
    auth: auth(),
    rotation: 'overlap',
    prepare: async () => {
      if (++links !== 2) return;
      reached.resolve();
      await gate.promise;
    },
    ...options,
    signalr: { fetch, WebSocket, EventSource, ...options.signalr },
  });
  const told: unknown[] = [];
  client.hub.on('Told', (text) => told.push(text));
  client.hub.join('room');
  await client.hub.start();
  const tell = (text: unknown): Promise<void> => server.clients.group('room').send('Told', text);
  return { ...client, server, told, tell, reached: reached.promise, letGo: gate.resolve };
}

test('the server that asks the second link for a result gets it at once, and once', async () => {
  const { methods, called, answer } = slowMethod();
  const { hub, server, letGo } = await connect({}, { methods });
  let asked = 0;
  hub.handle('Confirm', (question) => (asked++, `${String(question)}!`));
  letGo();
  const slow = hub.invoke('Slow');
  await called;
  const joined = server.waitFor('joined');
  const refreshed = hub.refreshAuthentication();
  const { connectionId } = await joined;
  expect(await server.clients.client(connectionId).invoke('Confirm', 'now')).toBe('now!');
  expect(asked).toBe(1);
  answer('done');
  await Promise.all([slow, refreshed]);
});

test('the first link stays until what the server asked it is answered', async () => {
  const { hub, server, letGo } = await connect();
  const first = hub.getSnapshot().connectionId ?? '';
  const questioned = createDeferred();
  const thoughtOver = createDeferred();
  hub.handle('Confirm', async (question) => {
    questioned.resolve();
    await thoughtOver.promise;
    return `${String(question)}!`;
  });
  letGo();
  const asked = server.clients.client(first).invoke('Confirm', 'before');
  await questioned.promise;
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const refreshed = hub.refreshAuthentication();
  await vi.waitFor(() => expect(server.received().filter(({ method }) => method === 'ready?')).toHaveLength(3));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.connections()).toHaveLength(2);
  thoughtOver.resolve();
  expect(await asked).toBe('before!');
  await refreshed;
});

test('what the server tells all is heard once, also where a handler has a result for whoever asks', async () => {
  const { hub, server, reached, letGo } = await connect();
  const heard: unknown[] = [];
  hub.handle('Confirm', (question) => (heard.push(question), 'yes'));
  const refreshed = hub.refreshAuthentication();
  await reached;
  await server.clients.all.send('Confirm', 'told to both');
  letGo();
  await refreshed;
  await hub.invoke('Echo', 1);
  expect(heard).toEqual(['told to both']);
});

describe('messages of the same content', () => {
  test('are counted: what was told three times is heard three times', async () => {
    const { hub, told, tell, reached, letGo } = await connect();
    const refreshed = hub.refreshAuthentication();
    await tell('tick');
    await reached;
    await tell('tick');
    letGo();
    await refreshed;
    await tell('tick');
    await hub.invoke('Echo', 1);
    expect(told).toEqual(['tick', 'tick', 'tick']);
  });

  test('a first link that dies silently hides none by an older one', async () => {
    const { methods, called, answer } = slowMethod();
    const { hub, server, told, tell, reached, letGo } = await connect({}, { methods });
    const slow = hub.invoke('Slow').catch(() => {});
    await called;
    const [first] = server.connections();
    const refreshed = hub.refreshAuthentication();
    await reached;
    // The first link hears it before the second one is in the group.
    await tell('tick');
    await vi.waitUntil(() => told.length === 1);
    const joined = server.waitFor('joined');
    letGo();
    await joined;
    for (let round = 0; round < 5; round += 1) await hub.invoke('Echo', 'its join is answered');
    // It is cut off in the middle of the next one, and the client sees that later than the second link hears it.
    server.cutAfter(3, { filter: ({ id }) => id === first!.id });
    await tell('tick');
    await refreshed;
    answer('late');
    await slow;
    expect(told).toEqual(['tick', 'tick']);
    expect(hub.getSnapshot().gaps).toBe(0);
  });

  test('with a `messageId` a message counts once, whatever else is in it', async () => {
    const { methods, called, answer } = slowMethod();
    const { hub, server, told, letGo } = await connect(
      { messageId: (_method, [text]) => (text as { id: string }).id },
      { methods },
    );
    letGo();
    const slow = hub.invoke('Slow');
    await called;
    const [first] = server.connections();
    const joined = server.waitFor('joined');
    const refreshed = hub.refreshAuthentication();
    const { connectionId } = await joined;
    await server.clients.client(first!.id).send('Told', { id: 'a', to: 'first' });
    await server.clients.client(connectionId).send('Told', { id: 'a', to: 'second' });
    await server.clients.client(connectionId).send('Told', { id: 'b', to: 'second' });
    answer('done');
    await Promise.all([slow, refreshed]);
    expect(told).toEqual([
      { id: 'a', to: 'first' },
      { id: 'b', to: 'second' },
    ]);
  });
});

test.each(['ServerSentEvents', 'LongPolling'] as const)('%s: numbers go on through an overlap', async (transport) => {
  const { hub, told, tell, reached, letGo, server } = await connect({ signalr: { transport } });
  let number = 0;
  const refreshed = hub.refreshAuthentication();
  await reached;
  for (; number < 20; number += 1) await tell(number);
  letGo();
  const sending = (async () => {
    for (; number < 60; number += 1) {
      await tell(number);
      await hub.with({ whenDisconnected: 'wait' }).invoke('Echo', number);
    }
  })();
  await Promise.all([refreshed, sending]);
  await vi.waitUntil(() => told.at(-1) === 59);
  expect([...new Set(told)]).toEqual(Array.from({ length: 60 }, (_, index) => index));
  expect(hub.getSnapshot().gaps).toBe(0);
  await vi.waitUntil(() => server.connections().length === 1);
});

test('logout() while the first link is being closed waits for the server to finish with it', async () => {
  const closing = createDeferred();
  const gate = createDeferred();
  const order: string[] = [];
  let ended = 0;
  const source = tokenFrom(() => tokens.issue({ sub: 'ann' }), {
    signOut: () => Promise.resolve(void order.push('signed out')),
  });
  const { hub, server, letGo } = await connect(
    { auth: source },
    {
      onDisconnected: async () => {
        if (++ended > 1) return;
        closing.resolve();
        await gate.promise;
        order.push('the server has finished');
      },
    },
  );
  letGo();
  const refreshed = expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'closed' });
  await closing.promise;
  const out = hub.logout();
  await server.waitFor('disconnected');
  gate.resolve();
  expect(await out).toMatchObject({ close: 'acknowledged' });
  await refreshed;
  expect([order, server.connections()]).toEqual([['the server has finished', 'signed out'], []]);
});
