import { tokenFrom, type HubOptions, type TokenSource } from '@org/hub-core';
import { type AnyHubContract, createTestTokens, type HubCall, type TestHubOptions } from '@org/hub-testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Client, createClient, createDeferred, serve, type Served, slowMethod, until } from './hub.ts';
import { stubPage } from './page.ts';
import { doorsOf } from './token-server.ts';

const tokens = createTestTokens();
const { authenticate } = tokens;

/** Tokens of ann, each another one. */
function issuing(expiresIn = 60): TokenSource {
  return tokenFrom(() => tokens.issue({ sub: 'ann', expiresIn }));
}

interface Set extends Served, Client {
  /** What the group `room` was told, in order. */
  told: unknown[];
}

/** A client that is connected and in a group, and the hub that it is connected to. */
async function connect(
  options: Partial<HubOptions> = {},
  hubOptions: TestHubOptions<AnyHubContract> = {},
): Promise<Set> {
  const served = await serve({
    authenticate,
    closeOnAuthenticationExpiration: true,
    heartbeatInterval: 50,
    ...hubOptions,
  });
  const { url, ...doors } = doorsOf(served.server);
  const signalr = { ...doors, ...options.signalr };
  const client = createClient(options.url ?? url, { auth: issuing(), rotation: 'overlap', ...options, signalr });
  const told: unknown[] = [];
  client.hub.on('Told', (text) => told.push(text));
  client.hub.join('room');
  await client.hub.start();
  return { ...served, ...client, told };
}

/** A `prepare` that holds the second link back until it is let go. */
function holdingSecond() {
  const reached = createDeferred();
  const gate = createDeferred();
  let links = 0;
  return {
    reached: reached.promise,
    letGo: gate.resolve,
    prepare: async () => {
      if (++links !== 2) return;
      reached.resolve();
      await gate.promise;
    },
  };
}

/** Back-offs are as long as they may be: half a second before the second try. */
function longBackOffs(): void {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.99);
  onTestFinished(() => random.mockRestore());
}

describe('two who ask at once', () => {
  test('refreshAuthentication() twice in a moment is one rotation for both', async () => {
    const { hub, server, types, visits } = await connect();
    await Promise.all([hub.refreshAuthentication(), hub.refreshAuthentication()]);
    expect(types('rotated')).toEqual(['rotated']);
    expect([visits, server.connections().length]).toEqual([['negotiated ann', 'negotiated ann'], 1]);
  });

  test('refreshAuthentication() in the middle of one comes after it', async () => {
    const { prepare, reached, letGo } = holdingSecond();
    const { hub, server, types } = await connect({ prepare });
    const first = hub.refreshAuthentication();
    await reached;
    const second = Promise.all([hub.refreshAuthentication(), hub.refreshAuthentication()]);
    letGo();
    await Promise.all([first, second]);
    expect([types('rotated').length, server.connections().length]).toEqual([2, 1]);
  });
});

describe('the connection is lost', () => {
  test('while the token of a rotation is on its way: the next one does not wait for it', async () => {
    const late = createDeferred<string>();
    let asked = 0;
    const auth = tokenFrom(() => (++asked === 1 ? tokens.issue({ sub: 'ann' }) : late.promise));
    const { hub, server } = await connect({ auth });
    const refreshed = expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'connection-lost' });
    server.drop();
    await until(hub, ({ gaps, status }) => gaps === 1 && status === 'connected');
    await refreshed;
    late.resolve(await tokens.issue({ sub: 'ann' }));
  });

  test('while the app renews it in its own way, and never ends', async () => {
    const called = createDeferred();
    const rotation = (): Promise<void> => (called.resolve(), new Promise(() => {}));
    const { hub, server } = await connect({ rotation });
    const refreshed = expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'connection-lost' });
    await called.promise;
    server.drop();
    await until(hub, ({ gaps, status }) => gaps === 1 && status === 'connected');
    await refreshed;
  });

  test('while the address of the second link is not known yet: it is reported at once', async () => {
    const address = createDeferred<string>();
    const reached = createDeferred();
    const served = await serve({ authenticate });
    const { url, ...signalr } = doorsOf(served.server);
    let asked = 0;
    const { hub } = createClient(() => (++asked === 2 ? (reached.resolve(), address.promise) : url), {
      auth: issuing(),
      rotation: 'overlap',
      signalr,
    });
    await hub.start();
    const refreshed = hub.refreshAuthentication();
    await reached.promise;
    served.server.drop();
    await until(hub, ({ status }) => status === 'reconnecting');
    address.resolve(url);
    await refreshed;
    expect(hub.getSnapshot().status).toBe('connected');
    expect(served.server.connections()).toHaveLength(1);
  });
});

describe('the second link', () => {
  test('does not open when stop() came while its address was asked for', async () => {
    const address = createDeferred<string>();
    const reached = createDeferred();
    const served = await serve({ authenticate });
    const { url, ...signalr } = doorsOf(served.server);
    let asked = 0;
    const { hub } = createClient(() => (++asked === 2 ? (reached.resolve(), address.promise) : url), {
      auth: issuing(),
      rotation: 'overlap',
      signalr,
    });
    await hub.start();
    const refreshed = expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'closed' });
    await reached.promise;
    await hub.stop();
    address.resolve(url);
    await refreshed;
    await hub.start();
    expect(served.visits).toEqual(['negotiated ann', 'negotiated ann']);
    expect(served.server.connections()).toHaveLength(1);
  });

  test('dies when all is ready: the first one goes on, and it is tried again', async () => {
    longBackOffs();
    const { methods, called, answer } = slowMethod();
    const { hub, server, told, types } = await connect({}, { methods });
    const [first] = server.connections();
    const slow = hub.invoke('Slow');
    await called;
    const joined = server.waitFor('joined');
    const refreshed = hub.refreshAuthentication();
    await joined;
    await server.clients.group('room').send('Told', 1);
    const died = server.waitFor('disconnected');
    server.drop({ filter: ({ id }) => id !== first!.id });
    await died;
    answer('done');
    expect(await slow).toBe('done');
    await server.clients.group('room').send('Told', 2);
    expect(await hub.invoke('Echo', 1)).toBe(1);
    expect(server.connections()).toEqual([first]);
    await refreshed;
    await server.clients.group('room').send('Told', 3);
    expect(await hub.invoke('Echo', 1)).toBe(1);
    expect(told).toEqual([1, 2, 3]);
    expect([hub.getSnapshot().gaps, types('rotated', 'reconnecting'), server.connections().length]).toEqual([
      0,
      ['rotated'],
      1,
    ]);
  });

  test('is given up by the page while a call is under way: the first one goes on', async () => {
    longBackOffs();
    const page = stubPage();
    const { methods, called, answer } = slowMethod();
    const { hub, server, told } = await connect({}, { methods });
    const [first] = server.connections();
    const slow = hub.invoke('Slow');
    await called;
    const joined = server.waitFor('joined');
    const refreshed = hub.refreshAuthentication();
    await joined;
    // Its join is answered.
    await hub.invoke('Echo', 1);
    const gone = server.waitFor('disconnected');
    page.tell('resume');
    await gone;
    answer('done');
    expect(await slow).toBe('done');
    await server.clients.group('room').send('Told', 1);
    expect(await hub.invoke('Echo', 1)).toBe(1);
    expect(server.connections()).toEqual([first]);
    await refreshed;
    expect(await hub.invoke('Echo', 2)).toBe(2);
    expect([told, hub.getSnapshot().gaps, server.connections().length]).toEqual([[1], 0, 1]);
  });

  test('has no room for all messages: it is given up, and the first one goes on', async () => {
    const { methods, called, answer } = slowMethod();
    const { hub, server, told, types } = await connect({}, { methods });
    const slow = hub.invoke('Slow');
    await called;
    const joined = server.waitFor('joined');
    const refreshed = hub.refreshAuthentication();
    await joined;
    const again = server.waitFor('joined');
    const count = 10_002;
    for (let number = 0; number < count; number += 1) void server.clients.group('room').send('Told', number);
    await again;
    answer('done');
    expect(await slow).toBe('done');
    await refreshed;
    expect(await hub.invoke('Echo', 1)).toBe(1);
    expect(told).toEqual(Array.from({ length: count }, (_, number) => number));
    expect([hub.getSnapshot().gaps, types('rotated'), server.connections().length]).toEqual([0, ['rotated'], 1]);
  });

  test('fails twice: a handler of a new name still hears the first one', async () => {
    const { hub, server } = await connect();
    const [first] = server.connections();
    const lift = server.reject(503);
    const refused = createDeferred();
    let times = 0;
    server.on('refused', () => ++times === 2 && refused.resolve());
    const refreshed = hub.refreshAuthentication();
    await refused.promise;
    await hub.invoke('Echo', 1);
    const heard: unknown[] = [];
    hub.on('Late', (text) => heard.push(text));
    await server.clients.client(first!.id).send('Late', 'hello');
    await hub.invoke('Echo', 2);
    expect(heard).toEqual(['hello']);
    lift();
    await refreshed;
  });
});

describe('groups, in the middle of it', () => {
  test('a group that is joined while the second link is opened does not fail it', async () => {
    const asked = createDeferred();
    const gate = createDeferred();
    let negotiates = 0;
    const served = await serve({ authenticate });
    const { url, fetch, WebSocket } = doorsOf(served.server);
    const slowly: typeof fetch = async (...request) => {
      if (++negotiates === 2) {
        asked.resolve();
        await gate.promise;
      }
      return fetch(...request);
    };
    const { hub, types } = createClient(url, {
      auth: issuing(),
      rotation: 'overlap',
      signalr: { fetch: slowly, WebSocket },
    });
    const room = hub.join('room');
    await hub.start();
    const refreshed = hub.refreshAuthentication();
    await asked.promise;
    await hub.join('late').ready;
    await room.leave();
    gate.resolve();
    await refreshed;
    expect([served.visits.length, types('groupFailed')]).toEqual([2, []]);
    expect(served.server.connections().map(({ groups }) => [...groups])).toEqual([['late']]);
  });

  test('a group that is left and joined again while the second link joins is kept', async () => {
    const gate = createDeferred();
    const reached = createDeferred();
    let joins = 0;
    const { hub, server } = await connect(
      { groups: { concurrency: 1 } },
      {
        methods: {
          JoinGroup: async (call: HubCall<AnyHubContract>, group: string) => {
            if (++joins === 3) {
              reached.resolve();
              await gate.promise;
            }
            await call.groups.add(group);
          },
        },
      },
    );
    const second = hub.join('second');
    await second.ready;
    const refreshed = hub.refreshAuthentication();
    await reached.promise;
    const left = second.leave();
    // One tick later it is no longer wanted.
    await hub.invoke('Echo', 1);
    gate.resolve();
    await server.waitFor('joined');
    const again = hub.join('second');
    await refreshed;
    await Promise.all([again.ready, left]);
    expect(server.connections().map(({ groups }) => [...groups].sort())).toEqual([['room', 'second']]);
  });
});

describe('messages', () => {
  test('a `messageId` that throws loses none', async () => {
    const { prepare, reached, letGo } = holdingSecond();
    const { hub, server, told } = await connect({
      prepare,
      messageId: () => {
        throw new Error('No id.');
      },
    });
    const refreshed = hub.refreshAuthentication();
    await reached;
    await server.clients.group('room').send('Told', 1);
    letGo();
    await refreshed;
    await server.clients.group('room').send('Told', 2);
    await hub.invoke('Echo', 1);
    expect(told).toEqual([1, 2]);
  });

  test('a result handler that appears in the middle of it, and throws, keeps none back', async () => {
    const { methods, called, answer } = slowMethod();
    const { hub, server, told } = await connect({}, { methods });
    const slow = hub.invoke('Slow');
    await called;
    hub.on('Odd', () => {});
    const joined = server.waitFor('joined');
    const refreshed = hub.refreshAuthentication();
    const { connectionId } = await joined;
    // To the second link alone: it is held back, and delivered in the end.
    await server.clients.client(connectionId).send('Odd');
    await server.clients.client(connectionId).send('Told', 'after');
    hub.handle('Odd', () => {
      throw new Error('A handler of the app.');
    });
    answer('done');
    await Promise.all([slow, refreshed]);
    expect(told).toEqual(['after']);
    expect(await hub.invoke('Echo', 1)).toBe(1);
  });
});

test('a rotation under way ends with the user', async () => {
  const { prepare, reached } = holdingSecond();
  const { hub, server, types } = await connect({ prepare });
  const refreshed = expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'closed' });
  await reached;
  const report = await hub.logout();
  await refreshed;
  expect([report.close, server.connections(), types('sessionEnded', 'rotated')]).toEqual([
    'acknowledged',
    [],
    ['sessionEnded'],
  ]);
});

test('an overlap that was given up says nothing when its first link dies later', async () => {
  const { methods, called, answer } = slowMethod();
  const { hub, server, types, visits } = await connect({}, { methods });
  const [first] = server.connections();
  server.reject(503, { times: 1 });
  const slow = hub.invoke('Slow').catch((error: unknown) => error);
  await called;
  const joined = server.waitFor('completed', ({ method }) => method === 'JoinGroup');
  const refreshed = hub.refreshAuthentication();
  await joined;
  for (let round = 0; round < 5; round += 1) await hub.invoke('Echo', 'its join is answered');
  // The second try is ready: it takes over without a gap, and nobody needs to hear of it.
  server.drop({ filter: ({ id }) => id === first!.id });
  await refreshed;
  answer('late');
  expect(await slow).toMatchObject({ code: 'connection-lost', sent: 'unknown' });
  expect(visits).toEqual(['negotiated ann', 'refused 503', 'negotiated ann']);
  expect([hub.getSnapshot().gaps, types('statusChanged').length, types('rotated')]).toEqual([0, 2, ['rotated']]);
});
