/** What random schedules (`npm run test:model`) have shown to be wrong, each as the shortest way to it. */
import { createHubClient, type Credentials, type HubOptions, type TokenChange, tokenFrom } from '@org/hub-core';
import { type AnyHubContract, type HubCall } from '@org/hub-testing';
import EventSource from 'eventsource';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient, createDeferred, serve, until } from './hub.ts';
import { serveInProcess, startInProcess } from './in-process.ts';

function unhandledRejections(): unknown[] {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return seen;
}

/** Timers and what promises do are over. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A source that tells when its user comes and goes. */
function signedIn(ask = (): unknown => ({ token: 'a-token', userId: 'ann' })) {
  let tell: (change: TokenChange) => void = () => {};
  const auth = tokenFrom(ask as never, {
    subscribe(listener) {
      tell = listener;
      return () => {};
    },
  });
  return { auth, tell: (change: TokenChange) => tell(change) };
}

/** A new one whenever it is asked, good for so many ms. */
function tokens(lifetime: number): () => Credentials {
  let token = 0;
  return () => ({ token: `token-${(token += 1)}`, userId: 'ann', expiresAt: Date.now() + lifetime });
}

describe('groups', () => {
  it('a group is shown as wanted before the first start', async () => {
    const { url } = await serve();
    const { hub } = createClient(url);
    hub.join('room');
    expect((await until(hub, ({ groups }) => groups.size === 1)).groups.get('room')).toEqual({
      status: 'joining',
      error: null,
    });
  });

  it('retry() of a handle that was left does nothing to a group of that name that is wanted again', async () => {
    const { server, url } = await serve();
    const { hub } = createClient(url);
    const lift = server.refuseGroup('room');
    const left = hub.join('room');
    await hub.start();
    await left.leave();
    lift();
    const room = hub.join('room');
    await room.ready;
    left.retry();
    await hub.invoke('Echo', 1);
    expect(hub.getSnapshot().groups.get('room')).toBe(room.state);
  });

  it('dispose() is the end of a wait for a group, also for one that is wanted afterwards', async () => {
    const { url } = await serve();
    const { hub } = createClient(url);
    const before = hub.join('room');
    const ready = expect(before.ready).rejects.toMatchObject({ code: 'aborted', group: 'room' });
    await hub.dispose();
    await ready;
    await expect(hub.join('room').ready).rejects.toMatchObject({ code: 'aborted', group: 'room' });
  });

  it('dispose() is the end of a join under way: it is not tried again, for ever, on a link that is gone', async () => {
    const { url } = await serve({ methods: { Wait: () => new Promise(() => {}) } });
    const tries: string[] = [];
    const { hub } = createClient(url, {
      groups: {
        join: (group, { invoke }) => {
          tries.push(group);
          // A third try would be one of a million.
          return tries.length < 3 ? invoke('Wait') : new Promise(() => {});
        },
      },
    });
    const room = hub.join('room');
    const { ready } = room;
    hub.start().catch(() => {});
    await expect.poll(() => tries).toEqual(['room']);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await hub.dispose();
    await expect(ready).rejects.toMatchObject({ code: 'aborted' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries).toEqual(['room']);
  });
});

describe('groups, while one link takes another’s place', () => {
  /** Each group is joined once `asked` is through. */
  const serveJoins = (asked: (group: string) => Promise<void> | void) =>
    serve({
      authenticate: () => ({ userId: 'ann' }),
      methods: {
        async JoinGroup({ groups }: HubCall<AnyHubContract>, group: string) {
          await asked(group);
          await groups.add(group);
        },
      },
    });

  it('a group whose join was under way when that began is joined on the new one, too: late, so it is a gap', async () => {
    const joins: string[] = [];
    const answer = createDeferred();
    const { server, url } = await serveJoins((group) => {
      joins.push(group);
      return group === 'slow' ? answer.promise : undefined;
    });
    const { auth } = signedIn(tokens(60_000));
    const { hub, types } = createClient(url, { auth, rotation: 'overlap' });
    await hub.start();
    await hub.join('quick').ready;
    const slow = hub.join('slow');
    await expect.poll(() => joins, { timeout: 4_000 }).toEqual(['quick', 'slow']);

    const rotated = hub.refreshAuthentication();
    // The second link has begun to join what the first one holds.
    await expect.poll(() => joins, { timeout: 4_000 }).toEqual(['quick', 'slow', 'quick']);
    answer.resolve();
    await slow.ready;
    await rotated;

    const { connectionId } = await until(hub, (snapshot) => snapshot.gaps === 1);
    expect(server.connections().map(({ id, groups }) => [id, [...groups]])).toEqual([
      [connectionId, ['quick', 'slow']],
    ]);
    expect([joins, types('reconnecting')]).toEqual([['quick', 'slow', 'quick', 'slow'], []]);
  });

  it('a group that is joined while the new one is being prepared is joined there after that, and once', async () => {
    const seen: string[] = [];
    const answer = createDeferred();
    const { server, url } = await serveJoins(() => void seen.push('joined'));
    const { auth } = signedIn(tokens(60_000));
    const { hub } = createClient(url, {
      auth,
      rotation: 'overlap',
      async prepare() {
        seen.push('preparing');
        if (seen.length > 1) await answer.promise;
        seen.push('prepared');
      },
    });
    await hub.start();
    const rotated = hub.refreshAuthentication();
    await expect.poll(() => seen, { timeout: 4_000 }).toEqual(['preparing', 'prepared', 'preparing']);
    await hub.join('room').ready;
    answer.resolve();
    await rotated;

    expect(seen).toEqual(['preparing', 'prepared', 'preparing', 'joined', 'prepared', 'joined']);
    const { connectionId, gaps } = hub.getSnapshot();
    expect(server.connections().map(({ id, groups }) => [id, [...groups]])).toEqual([[connectionId, ['room']]]);
    expect(gaps).toBe(0);
  });
});

describe('streams and calls', () => {
  it('a stream whose connection was lost may still be cancelled, while somebody waits for its next item', async () => {
    const unhandled = unhandledRejections();
    const { server, url } = await serve({
      streams: {
        async *Ticks({ signal }: HubCall<AnyHubContract>) {
          yield 1;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      },
    });
    const { hub } = createClient(url);
    await hub.start();
    const stream = hub.stream('Ticks');
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    const waiting = expect(reader.next()).rejects.toMatchObject({ code: 'connection-lost' });
    server.drop();
    await waiting;
    stream.cancel();
    await turn();
    expect(unhandled).toEqual([]);
  });

  it.each(['ServerSentEvents', 'LongPolling'] as const)(
    'over %s a call whose request ends with the connection may have run, and says so',
    async (transport) => {
      const { server, url } = await serve();
      const { hub } = createClient(url, { signalr: { transport, EventSource: EventSource as never } });
      await hub.start();
      const invoked = server.waitFor('invoked', ({ method }) => method === 'Hold');
      // The request is on its way, and its answer is late.
      server.delay(5_000);
      const sent = expect(hub.send('Hold')).rejects.toMatchObject({ code: 'connection-lost', sent: 'unknown' });
      await invoked;
      server.delay(0);
      await hub.stop();
      await sent;
    },
  );

  it.each(['ServerSentEvents', 'LongPolling'] as const)(
    'over %s a call whose request is given up may have run, and says so',
    async (transport) => {
      const { server, url } = await serve();
      const signalr = { transport, EventSource: EventSource as never, timeout: 200 };
      const { hub } = createClient(url, { signalr });
      await hub.start();
      const invoked = server.waitFor('invoked', ({ method }) => method === 'Hold');
      server.delay(5_000);
      const sent = expect(hub.send('Hold')).rejects.toMatchObject({ code: 'connection-lost', sent: 'unknown' });
      await invoked;
      await sent;
      server.delay(0);
      await hub.stop();
    },
  );
});

it('a connection whose renewal was refused goes on where the next token needs none', async () => {
  let token = 0;
  const { server, hub } = await startInProcess(
    { authenticate: () => ({ userId: 'ann' }) },
    { auth: tokenFrom(() => ({ token: `token-${(token += 1)}`, expiresAt: Date.now() + 300_000 })) },
  );
  server.reject(401, { times: 2 });
  await expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'unauthorized' });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0, error: null });
});

it.each(['auto', 'off'] as const)(
  'with `rotation: %j` a connection whose renewal was refused goes on where its user signs in again',
  async (rotation) => {
    const { auth, tell } = signedIn(tokens(300_000));
    const { server, hub } = await startInProcess({ authenticate: () => ({ userId: 'ann' }) }, { auth, rotation });
    await vi.advanceTimersByTimeAsync(70_000);
    server.reject(401, { times: 2 });
    await expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'unauthorized' });
    await vi.advanceTimersByTimeAsync(70_000);
    tell('signed-in');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0, error: null });
  },
);

it('a connection whose renewal was refused is closed at its expiry before the client says that it has stopped', async () => {
  const { server, url, fetch, WebSocket } = serveInProcess({ authenticate: () => ({ userId: 'ann' }) });
  const sockets: WebSocket[] = [];
  class Recorded extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      sockets.push(this);
    }
  }
  const auth = tokenFrom(tokens(60_000));
  const signalr = { fetch, WebSocket: Recorded as never };
  const hub = createHubClient({ url, logger: 'none', auth, rotation: 'overlap', signalr });
  onTestFinished(() => hub.dispose());
  const open: number[] = [];
  hub.events.on('statusChanged', ({ to }) => {
    if (to === 'disconnected') open.push(sockets.filter(({ readyState }) => readyState < WebSocket.CLOSED).length);
  });
  await hub.start();
  server.reject(401, { times: 2 });
  server.delay(40);
  await vi.advanceTimersByTimeAsync(120_000);
  expect([hub.getSnapshot().error?.code, open]).toEqual(['unauthorized', [0]]);
});

it('a sign-in while a connection whose renewal was refused is being closed opens the next one', async () => {
  const { auth, tell } = signedIn(tokens(60_000));
  const { server, hub } = await startInProcess(
    { authenticate: () => ({ userId: 'ann' }) },
    { auth, rotation: 'overlap' },
  );
  server.reject(401, { times: 2 });
  server.delay(500);
  // Less than 500 ms after its expiry.
  await vi.advanceTimersByTimeAsync(60_100);
  expect([hub.getSnapshot().status, server.connections()]).toEqual(['connected', []]);
  tell('signed-in');
  server.delay(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', error: null, gaps: 1 });
});

describe('while another link takes over', () => {
  const inUse = (): Partial<HubOptions> => {
    let token = 0;
    return { auth: tokenFrom(() => `token-${(token += 1)}`), rotation: 'overlap' };
  };

  it('what the server sent after its Close is a gap, also where that Close is late', async () => {
    const { server, hub } = await startInProcess({ authenticate: () => ({ userId: 'ann' }) }, inUse());
    const heard: unknown[] = [];
    hub.on('Told', (number) => heard.push(number));
    server.delay(700);
    void server.close({ allowReconnect: true });
    await vi.advanceTimersByTimeAsync(1);
    void server.clients.all.send('Told', 1);
    server.delay(0);
    const renewed = hub.refreshAuthentication();
    await vi.advanceTimersByTimeAsync(60_000);
    await renewed;
    void server.clients.all.send('Told', 2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([heard, hub.getSnapshot().status, hub.getSnapshot().gaps]).toEqual([[2], 'connected', 1]);
  });

  it('what the first link did not hear, because it was dead and nobody knew, is a gap', async () => {
    const { server, url, fetch, WebSocket } = serveInProcess({ authenticate: () => ({ userId: 'ann' }) });
    const sockets: { dead: boolean }[] = [];
    class Mortal extends WebSocket {
      dead = false;
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        sockets.push(this);
      }
      override set onmessage(hear: (event: MessageEvent) => void) {
        super.onmessage = (event) => this.dead || hear(event);
      }
    }
    const hub = createHubClient({ url, logger: 'none', ...inUse(), signalr: { fetch, WebSocket: Mortal as never } });
    onTestFinished(() => hub.dispose());
    const heard: unknown[] = [];
    hub.on('Told', (number) => heard.push(number));
    await hub.start();
    sockets[0]!.dead = true;
    void server.clients.all.send('Told', 1);
    const renewed = hub.refreshAuthentication();
    await vi.advanceTimersByTimeAsync(20_000);
    await renewed;
    void server.clients.all.send('Told', 2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([sockets.length, heard, hub.getSnapshot().gaps]).toEqual([2, [2], 1]);
  });

  it.each(['ServerSentEvents', 'LongPolling'] as const)(
    'over %s what the first link did not hear, because the server takes nothing of its token any more, is a gap',
    async (transport) => {
      const signalr = { transport };
      const { server, hub } = await startInProcess(
        { authenticate: () => ({ userId: 'ann' }) },
        { ...inUse(), signalr },
      );
      const heard: unknown[] = [];
      hub.on('Told', (number) => heard.push(number));
      server.reject(401, { on: 'post', filter: ({ headers }) => headers?.['authorization'] === 'Bearer token-1' });
      server.delay(700);
      void server.clients.all.send('Told', 1);
      server.delay(0);
      const renewed = hub.refreshAuthentication();
      await vi.advanceTimersByTimeAsync(20_000);
      await renewed;
      void server.clients.all.send('Told', 2);
      await vi.advanceTimersByTimeAsync(1_000);
      const { status, gaps } = hub.getSnapshot();
      expect([status, heard, gaps]).toEqual(['connected', [2], 1]);
    },
  );

  it('what the second link was too late for is a gap, where it did not come through with its question', async () => {
    const second = createDeferred();
    const letIn = [Promise.resolve(), second.promise];
    const { server, hub } = await startInProcess(
      {
        authenticate: () => ({ userId: 'ann' }),
        async onConnected(call) {
          await letIn.shift();
          await call.groups.add('lobby');
        },
      },
      { ...inUse(), signalr: { transport: 'ServerSentEvents' } },
    );
    const heard: unknown[] = [];
    hub.on('Told', (number) => heard.push(number));
    server.reject(500, { on: 'post', filter: ({ body }) => Buffer.from(body ?? '').includes('ready?'), times: 1 });
    const renewed = hub.refreshAuthentication();
    // Asked of the first one.
    await vi.waitFor(() => expect(server.received().map(({ method }) => method)).toEqual(['ready?']));
    server.delay(700);
    void server.clients.group('lobby').send('Told', 1);
    server.delay(0);
    second.resolve();
    await vi.advanceTimersByTimeAsync(20_000);
    await renewed;
    void server.clients.group('lobby').send('Told', 2);
    await vi.advanceTimersByTimeAsync(1_000);
    const { status, gaps } = hub.getSnapshot();
    expect([status, heard, gaps]).toEqual(['connected', [2], 1]);
  });
});

it('an event stream that is lost while SignalR sends its first ping is no connection, and is opened again', async () => {
  const { server, url, fetch, EventSource } = serveInProcess({ authenticate: () => ({ userId: 'ann' }) });
  const ended = createDeferred();
  class Recorded extends EventSource {
    override close(): void {
      super.close();
      ended.resolve();
    }
  }
  let pings = 0;
  const signalr: HubOptions['signalr'] = {
    transport: 'ServerSentEvents',
    EventSource: Recorded,
    async fetch(input, init) {
      const first = init?.body === '{"type":6}\u001e' && (pings += 1) === 1;
      const answer = await fetch(input, init);
      if (first) server.drop();
      // The answer takes longer to come than the end.
      if (first) await ended.promise;
      return answer;
    },
  };
  const auth = tokenFrom(() => 'a-token');
  const hub = createHubClient({ url, logger: 'none', auth, reconnect: { baseDelay: 1, maxDelay: 1 }, signalr });
  onTestFinished(() => hub.dispose());
  hub.start().catch(() => {});
  await vi.waitFor(() => expect(hub.getSnapshot().status).toBe('connected'));
  expect(server.connections().map(({ id }) => id)).toEqual([hub.getSnapshot().connectionId]);
});

it('an event stream that is not open yet is closed with its connection, though the server says nothing', async () => {
  const { server, url } = await serve();
  const streams: EventSource[] = [];
  const opened = createDeferred();
  class Recorded extends EventSource {
    constructor(...args: ConstructorParameters<typeof EventSource>) {
      super(...args);
      streams.push(this);
      opened.resolve();
    }
  }
  const { hub } = createClient(url, { signalr: { transport: 'ServerSentEvents', EventSource: Recorded as never } });
  const stopped = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await opened.promise;
  server.freeze();
  await hub.stop();
  await stopped;
  expect(streams.map(({ readyState }) => readyState)).toEqual([EventSource.CLOSED]);
  server.thaw();
  // SignalR waits for such a stream, and stop() for SignalR, but for five seconds at most.
}, 15_000);

describe('who is signed in', () => {
  it('the last word counts: a second logout() takes back a start() that waits for the first one', async () => {
    const late = createDeferred<null>();
    const { url, visits } = await serve({ authenticate: () => ({ userId: 'ann' }) });
    const { auth } = signedIn(() => late.promise);
    const { hub } = createClient(url, { auth });
    const starts = [hub.start()];
    const first = hub.logout({ signOut: false });
    starts.push(hub.start());
    const second = hub.logout({ signOut: false });
    late.resolve(null);
    await Promise.all([first, second]);
    expect([hub.getSnapshot().status, visits]).toEqual(['disconnected', []]);
    const stopped = starts.map((start) => expect(start).rejects.toMatchObject({ code: 'closed' }));
    await hub.stop();
    await Promise.all(stopped);
  });

  it('logout() waits for clients that are being closed already: nothing goes on with the token of who is gone', async () => {
    const { server, url } = await serve({ authenticate: () => ({ userId: 'ann' }) });
    const { auth } = signedIn();
    const [one, another] = [createClient(url, { auth }), createClient(url, { auth })];
    await Promise.all([one.hub.start(), another.hub.start()]);
    server.freeze();
    const stopped = one.hub.stop();
    await another.hub.logout({ signOut: false, timeout: 50 });
    expect(one.hub.getSnapshot().status).toBe('disconnected');
    server.thaw();
    await stopped;
  }, 15_000);

  it('nobody is shown as signed in who signed out while the client was stopped, not even after a sign-in that failed', async () => {
    let ask = (): unknown => ({ token: 'a-token', userId: 'ann' });
    const { url } = await serve({ authenticate: () => ({ userId: 'ann' }) });
    const { auth, tell } = signedIn(() => ask());
    const { hub, types } = createClient(url, { auth });
    await hub.start();
    ask = () => {
      throw new TypeError('Failed to fetch');
    };
    tell('signed-in');
    await until(hub, ({ status }) => status !== 'connected');
    await hub.stop();
    ask = () => null;
    const stopped = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
    await until(hub, (snapshot) => snapshot.auth !== 'authenticated');
    expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', auth: 'signed-out', userId: null });
    expect(types('sessionEnded')).toEqual(['sessionEnded']);
    await hub.stop();
    await stopped;
  });

  it('a sign-in that was under way when logout() was called wakes nobody', async () => {
    const { url } = await serve({ authenticate: () => ({ userId: 'ann' }) });
    const { auth, tell } = signedIn();
    // Each moment of the sign-in: it is not known in which one the token is there, and nobody has been told.
    for (let turns = 0; turns < 40; turns += 1) {
      const { hub } = createClient(url, { auth });
      const stopped = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
      tell('signed-in');
      for (let passed = 0; passed < turns; passed += 1) await Promise.resolve();
      await hub.logout({ signOut: false });
      expect([turns, hub.getSnapshot().status]).toEqual([turns, 'disconnected']);
      await hub.dispose();
      await stopped;
    }
  });
});
