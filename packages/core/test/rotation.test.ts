import { tokenFrom, type TokenSource } from '@org/hub-core';
import { type AnyHubContract, createTestTokens, type HubCall, type TestHubOptions } from '@org/hub-testing';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, nextEvent, serve, until } from './hub.ts';

const tokens = createTestTokens();

/** Tokens of ann that live this many seconds; each is another. */
function shortTokens(expiresIn: number, claims: object = {}): { auth: TokenSource; issued(): number } {
  let count = 0;
  return {
    auth: tokenFrom(() => {
      count += 1;
      return tokens.issue({ sub: 'ann', expiresIn, ...claims });
    }),
    issued: () => count,
  };
}

const atExpiry: TestHubOptions<AnyHubContract> = {
  authenticate: tokens.authenticate,
  closeOnAuthenticationExpiration: true,
  heartbeatInterval: 50,
};

/** A hub that sends numbers to the group `numbers`, without a pause. */
async function servesNumbers(options: TestHubOptions<AnyHubContract> = {}) {
  const served = await serve({ ...atExpiry, ...options });
  let sent = 0;
  const timer = setInterval(() => void served.server.clients.group('numbers').send('Number', ++sent), 2);
  onTestFinished(() => clearInterval(timer));
  return served;
}

// A busy machine needs its time between the renewal, at 80 % of a lifetime, and the expiry.
test(
  'overlap: a second link takes the place of the first, and no message is lost or repeated',
  { timeout: 30_000 },
  async () => {
    const { server, url } = await servesNumbers();
    const { auth, issued } = shortTokens(3);
    const { hub, types } = createClient(url, { auth, rotation: 'overlap' });
    const numbers: number[] = [];
    hub.on('Number', (number: number) => numbers.push(number));
    hub.join('numbers');
    await hub.start();
    const ids = new Set<string | null>();
    for (let round = 0; round < 3; round += 1) {
      ids.add(hub.getSnapshot().connectionId);
      expect(await nextEvent(hub, 'rotated')).toMatchObject({ method: 'overlap' });
      expect(hub.getSnapshot().status).toBe('connected');
    }
    expect(ids.size).toBe(3);
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
    expect(hub.getSnapshot().gaps).toBe(0);
    expect(types('reconnecting', 'restored')).toEqual([]);
    expect(issued()).toBe(4);
    expect(server.connections()).toHaveLength(1);
  },
);

test('auto: the first close at expiry is one reported gap, and the last one', { timeout: 30_000 }, async () => {
  const { url } = await servesNumbers();
  const { hub, types } = createClient(url, { auth: shortTokens(3).auth });
  const numbers: number[] = [];
  hub.on('Number', (number: number) => numbers.push(number));
  hub.join('numbers');
  await hub.start();
  await nextEvent(hub, 'restored');
  const from = numbers.length;
  await nextEvent(hub, 'rotated');
  await nextEvent(hub, 'rotated');
  expect(types('restored', 'rotated')).toEqual(['restored', 'rotated', 'rotated']);
  expect(hub.getSnapshot().gaps).toBe(1);
  const later = numbers.slice(from);
  expect(later).toEqual(later.map((_, index) => later[0]! + index));
});

test('auto: a server that never closes at expiry never sees a second connection', async () => {
  const { url, visits } = await serve({ authenticate: tokens.authenticate });
  const { auth, issued } = shortTokens(0.4);
  const { hub, types } = createClient(url, { auth });
  await hub.start();
  while (issued() < 4) await nextEvent(hub, 'tokenRefreshed');
  expect(visits).toEqual(['negotiated ann']);
  expect(types('rotated', 'reconnecting')).toEqual([]);
});

test('calls and streams under way finish on the first link; later ones wait for the second', async () => {
  let finish = (): void => {};
  const { url, server } = await serve({
    ...atExpiry,
    methods: {
      Slow: (call: HubCall<AnyHubContract>) => new Promise((resolve) => (finish = () => resolve(call.connectionId))),
      Where: (call: HubCall<AnyHubContract>) => call.connectionId,
    },
    streams: {
      async *Count() {
        for (let number = 1; number <= 5; number += 1) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          yield number;
        }
      },
    },
  });
  const { hub } = createClient(url, { auth: shortTokens(30).auth, rotation: 'overlap' });
  await hub.start();
  const first = hub.getSnapshot().connectionId;
  const slow = hub.invoke('Slow');
  const items: unknown[] = [];
  const stream = (async () => {
    for await (const item of hub.stream('Count')) items.push(item);
  })();
  const joined = server.waitFor('connected');
  const done = hub.refreshAuthentication();
  await joined;
  await stream;
  expect(items).toEqual([1, 2, 3, 4, 5]);
  expect(await hub.invoke('Where')).toBe(first);
  finish();
  expect(await slow).toBe(first);
  await done;
  expect(await hub.invoke('Where')).toBe(hub.getSnapshot().connectionId);
  expect(hub.getSnapshot().connectionId).not.toBe(first);
});

test('refreshAuthentication brings new claims to hub methods, once', async () => {
  let roles: string[] = [];
  const { url, server } = await serve({
    ...atExpiry,
    methods: { Secret: () => 42 },
    authorize: { Secret: { roles: ['admin'] } },
  });
  let asked = 0;
  const auth = tokenFrom(() => {
    asked += 1;
    return tokens.issue({ sub: 'ann', expiresIn: 60, roles });
  });
  const { hub, types } = createClient(url, { auth });
  await hub.start();
  await expect(hub.invoke('Secret')).rejects.toMatchObject({ code: 'method-forbidden' });
  roles = ['admin'];
  await hub.refreshAuthentication();
  expect(await hub.invoke('Secret')).toBe(42);
  expect(asked).toBe(2);
  expect(types('rotated')).toHaveLength(1);
  expect(hub.getSnapshot().gaps).toBe(0);
  expect(server.connections()).toHaveLength(1);
});

test('a group that the new claims forbid is told as failed; the others are kept', async () => {
  const { url, server } = await serve(atExpiry);
  const { hub, types } = createClient(url, { auth: shortTokens(60).auth });
  const kept = hub.join('kept');
  const lost = hub.join('lost');
  await hub.start();
  server.refuseGroup('lost');
  await hub.refreshAuthentication();
  expect([kept.state.status, lost.state]).toEqual([
    'joined',
    { status: 'failed', error: expect.objectContaining({ code: 'group-forbidden' }) },
  ]);
  expect(types('groupFailed')).toHaveLength(1);
  expect([...server.connections()[0]!.groups]).toEqual(['kept']);
});

test('groups that are joined and left during an overlap are right on both links', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  let prepared = 0;
  const { url, server } = await serve(atExpiry);
  const { hub } = createClient(url, {
    auth: shortTokens(60).auth,
    prepare: async () => {
      prepared += 1;
      if (prepared === 2) await gate;
    },
  });
  const first = hub.join('first');
  await hub.start();
  const connected = server.waitFor('connected');
  const done = hub.refreshAuthentication();
  await connected;
  const second = hub.join('second');
  await second.ready;
  await first.leave();
  open();
  await done;
  expect(server.connections().map(({ groups }) => [...groups])).toEqual([['second']]);
  expect(second.state.status).toBe('joined');
});

test('a second link that cannot be opened leaves the first one as it is, and is tried again', async () => {
  const { url, server, visits } = await serve(atExpiry);
  const { hub, types } = createClient(url, { auth: shortTokens(60).auth });
  await hub.start();
  const before = hub.getSnapshot();
  server.reject(503, { times: 2 });
  await hub.refreshAuthentication();
  expect(visits).toEqual(['negotiated ann', 'refused 503', 'refused 503', 'negotiated ann']);
  expect(types('reconnecting', 'statusChanged')).toEqual(['statusChanged', 'statusChanged']);
  expect(hub.getSnapshot().connectionId).not.toBe(before.connectionId);
});

test('a token that is refused is replaced once; then the first link goes on until it expires, and that is the end', async () => {
  const { url, server, visits } = await serve(atExpiry);
  const { auth, issued } = shortTokens(2);
  const { hub, types } = createClient(url, { auth, rotation: 'overlap' });
  await hub.start();
  server.reject(401);
  await until(hub, ({ status }) => status === 'disconnected');
  expect(hub.getSnapshot().error).toMatchObject({ code: 'unauthorized' });
  expect(types('unauthorized')).toHaveLength(1);
  expect(visits).toEqual(['negotiated ann', 'refused 401', 'refused 401']);
  expect(issued()).toBe(3);
});

test('stop() during an overlap closes both links', async () => {
  let opened = (): void => {};
  const second = new Promise<void>((resolve) => (opened = resolve));
  let prepared = 0;
  const { url, server } = await serve(atExpiry);
  const { hub } = createClient(url, {
    auth: shortTokens(60).auth,
    prepare: async ({ signal }) => {
      prepared += 1;
      if (prepared === 1) return;
      opened();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  await hub.start();
  const refreshed = hub.refreshAuthentication();
  await second;
  await Promise.all([expect(refreshed).rejects.toMatchObject({ code: 'closed' }), hub.stop()]);
  expect(hub.getSnapshot().status).toBe('disconnected');
  expect(server.connections()).toEqual([]);
});

test('the second link takes over when the first one dies', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  let prepared = 0;
  const { url, server } = await serve(atExpiry);
  const { hub, types } = createClient(url, {
    auth: shortTokens(60).auth,
    prepare: async () => {
      prepared += 1;
      if (prepared === 2) await gate;
    },
  });
  const room = hub.join('room');
  await hub.start();
  const [first] = server.connections();
  const connected = server.waitFor('connected');
  const refreshed = hub.refreshAuthentication();
  await connected;
  server.drop({ filter: ({ id }) => id === first!.id });
  await until(hub, ({ status }) => status === 'reconnecting');
  open();
  await refreshed;
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 1 });
  expect(types('restored')).toHaveLength(1);
  await room.ready;
  expect(server.connections().map(({ groups }) => [...groups])).toEqual([['room']]);
});
