/// <reference types="node" />
import { type HubClient, HubError, tokenFrom, type TokenSource } from '@org/hub-core';
import { createLiveQuery, type LiveLoadContext, type LiveQuery, type LiveQuerySnapshot } from '@org/hub-core/live';
import { type AnyHubContract, createTestTokens, type HubCall } from '@org/hub-testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient, createDeferred, type Deferred, serve, type Served, until } from './hub.ts';

type Snapshot = LiveQuerySnapshot<number[]>;
type Options = Partial<Parameters<typeof createLiveQuery<never, number[]>>[1]>;

/** A hub that keeps what it sends, as a server does that stores first. */
async function serveHistory(options: Parameters<typeof serve>[0] = {}): Promise<Served & History> {
  const history: number[] = [];
  const served = await serve({
    ...options,
    methods: { ...options.methods, History: (_: HubCall<AnyHubContract>, after = 0) => history.slice(after) },
  });
  const store = (): number => history.push(history.length + 1);
  return {
    ...served,
    history,
    store,
    add: (group) => {
      const { all, group: ofGroup } = served.server.clients;
      return (group ? ofGroup(group) : all).send('Added', store());
    },
  };
}

interface History {
  /** 1, 2, 3, … */
  history: number[];
  /** Stores another number, and sends it to everybody, or to the group. */
  add(group?: string): Promise<void>;
  /** Stores another one, and tells nobody: what a message is that is lost. */
  store(): number;
}

const append = (data: number[], number: number): number[] => [...data, number];

interface Watched {
  query: LiveQuery<number[]>;
  /** Each load: what it was given, and what it is answered with. */
  loads: (LiveLoadContext<number[]> & Deferred<number[]>)[];
  /** The next load, from now on. */
  nextLoad(): Promise<void>;
  off(): void;
  /** Every snapshot that a listener was told of. */
  told: Snapshot[];
}

/** A query that somebody listens to, and whose loads the test answers. */
function watch(hub: HubClient, options: Options = {}): Watched {
  const loads: Watched['loads'] = [];
  let asked = createDeferred();
  const query = createLiveQuery<never, number[]>(hub as never, {
    load(context) {
      const answer = createDeferred<number[]>();
      loads.push({ ...context, ...answer });
      asked.resolve();
      asked = createDeferred();
      return answer.promise;
    },
    on: { Added: append } as never,
    itemKey: (number: number) => number,
    retry: { baseDelay: 1, maxDelay: 1 },
    ...options,
  });
  onTestFinished(() => query.dispose());
  const told: Snapshot[] = [];
  const off = query.subscribe(() => told.push(query.getSnapshot()));
  return { query, loads, nextLoad: () => asked.promise, off, told };
}

/** A query that loads what the server has. */
const watchHistory = (hub: HubClient, options: Options = {}): Watched =>
  watch(hub, { load: () => hub.invoke<number[]>('History'), ...options });

function untilQuery(query: LiveQuery<number[]>, wanted: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  return until(query as never, wanted as never) as Promise<unknown> as Promise<Snapshot>;
}

const live = ({ status, fetchStatus }: Snapshot): boolean => status === 'success' && fetchStatus === 'idle';

/** When this comes back, what was sent before has been heard. */
const heard = (hub: HubClient): Promise<unknown> => hub.invoke('Echo', 'heard');

describe('load, and messages', () => {
  it('waits for the connection, loads, and goes on with messages', async () => {
    const { url, add } = await serveHistory();
    await Promise.all([add(), add()]);
    const { hub } = createClient(url);
    const { query, told } = watchHistory(hub);
    expect(query.getSnapshot()).toEqual({
      status: 'pending',
      fetchStatus: 'paused',
      data: undefined,
      error: null,
      failureCount: 0,
      retryAt: null,
    });
    await hub.start();
    await untilQuery(query, live);
    await add();
    await heard(hub);
    expect(told.map(({ status, fetchStatus, data }) => [status, fetchStatus, data])).toEqual([
      ['pending', 'paused', undefined],
      ['pending', 'fetching', undefined],
      ['success', 'idle', [1, 2]],
      ['success', 'idle', [1, 2, 3]],
    ]);
  });

  it('applies what comes during the load to what it brings, in order, and nothing twice', async () => {
    const { url, add } = await serveHistory();
    const { hub } = createClient(url);
    const { query, loads } = watch(hub);
    await hub.start();
    for (let number = 1; number <= 4; number += 1) await add();
    await heard(hub);
    expect([loads.length, query.getSnapshot().data]).toEqual([1, undefined]);
    loads[0]!.resolve([1, 2]);
    expect((await untilQuery(query, live)).data).toEqual([1, 2, 3, 4]);
    expect(loads[0]!.signal.aborted).toBe(false);
  });

  it('drops a message that the load has overtaken, also when it comes long after', async () => {
    const { server, url } = await serveHistory();
    const { hub } = createClient(url);
    const { query } = watch(hub, { load: () => [1, 2, 3] });
    await hub.start();
    for (const number of [2, 4, 3, 4]) await server.clients.all.send('Added', number);
    await heard(hub);
    expect(query.getSnapshot().data).toEqual([1, 2, 3, 4]);
  });

  it('lets a message change, move and remove items that the load held', async () => {
    interface Item {
      id: number;
      text: string;
    }
    const { server, url } = await serve();
    const { hub } = createClient(url);
    const answer = createDeferred<Item[]>();
    const query = createLiveQuery(hub, {
      load: () => answer.promise,
      on: {
        Added: (items, item: Item) => [item, ...items].slice(0, 3),
        Changed: (items, item: Item) => items.map((known) => (known.id === item.id ? item : known)),
        Removed: (items, id: number) => items.filter((known) => known.id !== id),
      },
      itemKey: ({ id }) => id,
    });
    onTestFinished(() => query.dispose());
    query.subscribe(() => {});
    await hub.start();
    await server.clients.all.send('Added', { id: 2, text: 'b' });
    await server.clients.all.send('Changed', { id: 2, text: 'B' });
    await heard(hub);
    answer.resolve([
      { id: 2, text: 'b' },
      { id: 1, text: 'a' },
    ]);
    await until(query as never, () => query.getSnapshot().status === 'success');
    const texts = (): string | undefined =>
      query
        .getSnapshot()
        .data?.map(({ text }) => text)
        .join('');
    expect(texts()).toBe('Ba');
    await server.clients.all.send('Added', { id: 3, text: 'c' });
    await server.clients.all.send('Added', { id: 2, text: 'b again' });
    await server.clients.all.send('Added', { id: 4, text: 'd' });
    await server.clients.all.send('Removed', 3);
    // It was there once, and is no more.
    await server.clients.all.send('Added', { id: 1, text: 'A' });
    await heard(hub);
    expect(texts()).toBe('AdB');
  });

  it('applies every message where no key is given, and takes data that is no list', async () => {
    const { server, url } = await serve();
    const { hub } = createClient(url);
    const query = createLiveQuery(hub, {
      load: () => ({ sum: 10 }),
      on: { Added: ({ sum }, n) => ({ sum: sum + n }) },
    });
    onTestFinished(() => query.dispose());
    query.subscribe(() => {});
    await hub.start();
    await Promise.all([5, 5].map((number) => server.clients.all.send('Added', number)));
    await heard(hub);
    expect(query.getSnapshot().data).toEqual({ sum: 20 });
  });

  it('tells once for all messages of a tick, and keeps the snapshot where nothing changed', async () => {
    const { server, url } = await serve();
    const { hub } = createClient(url);
    const on = { Added: append, Same: (data: number[]) => data } as never;
    const { query, loads, told } = watch(hub, { on });
    await hub.start();
    for (let number = 1; number <= 1000; number += 1) await server.clients.all.send('Added', number);
    await heard(hub);
    const before = told.length;
    loads[0]!.resolve([0]);
    const snapshot = await untilQuery(query, live);
    expect([told.length - before, snapshot.data?.length, Object.isFrozen(snapshot)]).toEqual([1, 1001, true]);
    await server.clients.all.send('Same');
    await heard(hub);
    expect([told.length - before, query.getSnapshot() === snapshot]).toEqual([1, true]);
    await server.clients.all.send('Added', 1001);
    await heard(hub);
    expect([told.length - before, query.getSnapshot().data?.length, snapshot.data?.length]).toEqual([2, 1002, 1001]);
  });

  it('loads only what is newer, if the app likes', async () => {
    const { server, url, add, store } = await serveHistory();
    await add();
    const { hub } = createClient(url);
    const asked: number[] = [];
    const { query } = watch(hub, {
      async load({ previous = [] }) {
        asked.push(previous.length);
        return [...previous, ...(await hub.invoke<number[]>('History', previous.length))];
      },
    });
    await hub.start();
    await untilQuery(query, live);
    await add();
    await heard(hub);
    server.drop();
    store();
    await untilQuery(query, ({ data }) => data?.length === 3);
    expect([asked, query.getSnapshot().data]).toEqual([
      [0, 2],
      [1, 2, 3],
    ]);
  });
});

describe('gaps', () => {
  it('loads again after each, and shows the old data until then', async () => {
    const { server, url, add, store, history } = await serveHistory();
    const { hub } = createClient(url);
    const { query, told } = watchHistory(hub);
    await hub.start();
    await untilQuery(query, live);
    for (let round = 1; round <= 3; round += 1) {
      await add();
      await heard(hub);
      server.drop();
      store();
      await untilQuery(query, ({ fetchStatus }) => fetchStatus === 'paused');
      expect(query.getSnapshot()).toMatchObject({ status: 'success', data: history.slice(0, -1), error: null });
      await untilQuery(query, (snapshot) => live(snapshot) && snapshot.data?.length === history.length);
    }
    expect(query.getSnapshot().data).toEqual([1, 2, 3, 4, 5, 6]);
    expect(told.some(({ status }) => status === 'error')).toBe(false);
  });

  it('aborts a load that a gap overtakes, and never uses what it brings', async () => {
    const { server, url, add, store } = await serveHistory();
    const { hub } = createClient(url);
    const { query, loads, nextLoad } = watch(hub);
    await hub.start();
    await add();
    await heard(hub);
    const again = nextLoad();
    server.drop();
    store();
    await again;
    expect(loads.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await add();
    await heard(hub);
    loads[0]!.resolve([100]);
    loads[1]!.resolve([1, 2]);
    expect((await untilQuery(query, live)).data).toEqual([1, 2, 3]);
  });

  it('keeps what it hears on the new connection before that counts as connected', async () => {
    const prepared = createDeferred();
    const { server, url, add, history } = await serveHistory();
    let links = 0;
    const { hub } = createClient(url, { prepare: async () => void ((links += 1) > 1 && (await prepared.promise)) });
    // A load that does not know of it: it came too late for the copy that the load was made from.
    const { query, loads, nextLoad } = watch(hub);
    await hub.start();
    loads[0]!.resolve([]);
    await untilQuery(query, live);
    const back = server.waitFor('connected');
    server.drop();
    await back;
    const came = new Promise<void>((resolve) => {
      const off = hub.on('Added', () => (off(), resolve()));
    });
    await add();
    await came;
    expect([hub.getSnapshot().status, query.getSnapshot().data]).toEqual(['reconnecting', []]);
    const again = nextLoad();
    prepared.resolve();
    await again;
    loads[1]!.resolve([]);
    expect((await untilQuery(query, live)).data).toEqual(history);
  });

  it('leaves to the load what was heard before the connection was lost', async () => {
    const { server, url, store, add } = await serveHistory();
    const { hub } = createClient(url);
    // Without a key: nothing else tells that the load knows of it.
    const { query, loads, nextLoad } = watch(hub, { itemKey: undefined as never });
    await hub.start();
    await add();
    await heard(hub);
    const again = nextLoad();
    server.drop();
    store();
    await again;
    await add();
    await heard(hub);
    loads[1]!.resolve([1, 2]);
    expect((await untilQuery(query, live)).data).toEqual([1, 2, 3]);
  });

  it('takes no part in an overlap: there is no gap', async () => {
    const tokens = createTestTokens();
    const { url, add } = await serveHistory({ authenticate: tokens.authenticate });
    const auth = tokenFrom(() => tokens.issue({ sub: 'ann', expiresIn: 60 }));
    const { hub, types } = createClient(url, { auth, rotation: 'overlap' });
    let loads = 0;
    const { query } = watch(hub, { load: () => ((loads += 1), []) });
    await hub.start();
    await untilQuery(query, live);
    await add();
    const rotated = hub.refreshAuthentication();
    for (let number = 2; number <= 20; number += 1) await add();
    await rotated;
    await add();
    await heard(hub);
    expect(types('rotated')).toHaveLength(1);
    expect([loads, query.getSnapshot().data]).toEqual([1, Array.from({ length: 21 }, (_, index) => index + 1)]);
  });

  it('loads again after stop() and start(), and shows nothing of the time between', async () => {
    const { url, store } = await serveHistory();
    const { hub } = createClient(url);
    const { query } = watchHistory(hub);
    await hub.start();
    await untilQuery(query, live);
    await hub.stop();
    store();
    expect(query.getSnapshot()).toMatchObject({ status: 'success', fetchStatus: 'paused', data: [] });
    await hub.start();
    expect((await untilQuery(query, ({ data }) => data?.length === 1)).data).toEqual([1]);
  });
});

describe('a group', () => {
  it('loads once it is joined, also after a join that took too long', async () => {
    const answers = [createDeferred(), createDeferred()];
    let joins = 0;
    const { url, add, server } = await serveHistory({
      methods: {
        async JoinGroup(call: HubCall<AnyHubContract>, group: string) {
          await answers[joins++]?.promise;
          await call.groups.add(group);
        },
      },
    });
    const { hub } = createClient(url, { groups: { timeout: 100 } });
    const { query } = watchHistory(hub, { group: 'room' });
    const joining = server.waitFor('invoked');
    await hub.start();
    await joining;
    const late = { status: 'error', fetchStatus: 'paused', data: undefined, error: { code: 'group-failed' } };
    expect(query.getSnapshot()).toMatchObject(late);
    answers.forEach(({ resolve }) => resolve());
    await untilQuery(query, live);
    await add('room');
    await heard(hub);
    expect(query.getSnapshot().data).toEqual([1]);
  });

  it('shows why it is refused, and reload() asks again', async () => {
    const { server, url, calls } = await serveHistory();
    const admit = server.refuseGroup('room', 'Members only.');
    const { hub } = createClient(url);
    const { query } = watchHistory(hub, { group: 'room' });
    await hub.start();
    const { error, ...rest } = await untilQuery(query, ({ status }) => status === 'error');
    expect(error).toMatchObject({ code: 'group-forbidden', message: expect.stringContaining('Members only.') });
    expect(rest).toMatchObject({ fetchStatus: 'paused', data: undefined });
    admit();
    query.reload();
    expect(await untilQuery(query, live)).toMatchObject({ data: [], error: null });
    expect(calls()).toEqual(['JoinGroup room', 'JoinGroup room', 'History']);
  });

  it('is left with the last listener, a tick late, and joined again with the next one', async () => {
    const { url, calls, add, store } = await serveHistory();
    const { hub } = createClient(url);
    const { query, off } = watchHistory(hub, { group: 'room' });
    await hub.start();
    await untilQuery(query, live);
    off();
    const again = query.subscribe(() => {});
    await heard(hub);
    await add('room');
    await heard(hub);
    again();
    await until(hub, ({ groups }) => !groups.size);
    store();
    expect(query.getSnapshot()).toMatchObject({ status: 'success', fetchStatus: 'idle', data: [1] });
    query.subscribe(() => {});
    expect((await untilQuery(query, ({ data }) => data?.length === 2)).data).toEqual([1, 2]);
    expect(calls().filter((call) => !call.startsWith('Echo'))).toEqual([
      'JoinGroup room',
      'History',
      'LeaveGroup room',
      'JoinGroup room',
      'History',
    ]);
  });

  it('loads again where it was joined while it was being left', async () => {
    const left = createDeferred();
    const { server, url, store } = await serveHistory({
      methods: {
        async LeaveGroup(call: HubCall<AnyHubContract>, group: string) {
          await call.groups.remove(group);
          await left.promise;
        },
      },
    });
    const { hub } = createClient(url);
    const { query, off } = watchHistory(hub, { group: 'room' });
    await hub.start();
    await untilQuery(query, live);
    const leaving = server.waitFor('left');
    off();
    await leaving;
    query.subscribe(() => {});
    await untilQuery(query, live);
    // Nobody of the group is here to hear of this one.
    store();
    left.resolve();
    expect((await untilQuery(query, ({ data }) => data?.length === 1)).data).toEqual([1]);
  });
});

describe('a load that fails', () => {
  it('is tried again with back-off, and shown meanwhile', async () => {
    const { url } = await serveHistory();
    const { hub } = createClient(url);
    const answers = [
      () => Promise.reject(new Error('Out of order.')),
      // Apps throw strings, too.
      () => Promise.reject('Still out of order.'),
      () => [1, 2],
    ];
    const { query, told } = watch(hub, { load: () => answers.shift()!() });
    await hub.start();
    await untilQuery(query, live);
    expect(query.getSnapshot()).toEqual({
      status: 'success',
      fetchStatus: 'idle',
      data: [1, 2],
      error: null,
      failureCount: 0,
      retryAt: null,
    });
    const waits = told.filter(({ retryAt }) => retryAt !== null);
    expect(
      waits.map(({ status, fetchStatus, failureCount, error }) => [status, fetchStatus, failureCount, error]),
    ).toEqual([
      ['error', 'paused', 1, new Error('Out of order.')],
      ['error', 'paused', 2, new Error('Still out of order.')],
    ]);
  });

  it('keeps the data, and loses no message meanwhile', async () => {
    const { url, add } = await serveHistory();
    const { hub } = createClient(url);
    const { query, loads, nextLoad } = watch(hub);
    await hub.start();
    loads[0]!.resolve([]);
    await untilQuery(query, live);
    query.reload();
    await add();
    await heard(hub);
    const again = nextLoad();
    loads[1]!.reject(new Error('Out of order.'));
    expect(await untilQuery(query, ({ status }) => status === 'error')).toMatchObject({ data: [], failureCount: 1 });
    await again;
    await add();
    await heard(hub);
    loads[2]!.resolve([]);
    expect((await untilQuery(query, live)).data).toEqual([1, 2]);
  });

  it('rests where another try would not help, or is not wanted, until reload() or a gap', async () => {
    const { server, url } = await serveHistory();
    const { hub } = createClient(url);
    const { query, loads, nextLoad } = watch(hub, { retry: { maxAttempts: 1, baseDelay: 1 } });
    await hub.start();
    const second = nextLoad();
    loads[0]!.reject(new Error('Out of order.'));
    await second;
    loads[1]!.reject(new Error('Out of order.'));
    const resting = { status: 'error', fetchStatus: 'idle', retryAt: null };
    await untilQuery(query, ({ failureCount }) => failureCount === 2);
    expect(query.getSnapshot()).toMatchObject(resting);
    query.reload();
    loads[2]!.reject(new HubError('method-forbidden', 'Not for you.'));
    await untilQuery(query, ({ failureCount }) => failureCount === 1);
    expect(query.getSnapshot()).toMatchObject({ ...resting, error: { code: 'method-forbidden' } });
    const fourth = nextLoad();
    server.drop();
    await fourth;
    loads[3]!.resolve([]);
    expect(await untilQuery(query, live)).toMatchObject({ error: null, failureCount: 0 });
  });

  it('is no failure where the connection was lost under it', async () => {
    const { server, url } = await serveHistory();
    const { hub } = createClient(url);
    let first = true;
    const { query, told } = watch(hub, {
      load: () => hub.invoke(first && !(first = false) ? 'Hold' : 'History'),
    });
    const held = server.waitFor('invoked', ({ method }) => method === 'Hold');
    await hub.start();
    await held;
    server.drop();
    await untilQuery(query, live);
    expect(told.filter(({ error }) => error)).toEqual([]);
  });

  it('is no failure either while the client is stopped', async () => {
    const { url } = await serveHistory();
    const { hub } = createClient(url);
    const { query, loads, nextLoad, told } = watch(hub);
    await hub.start();
    await hub.stop();
    loads[0]!.reject(new Error('Out of order.'));
    const again = nextLoad();
    await hub.start();
    await again;
    loads[1]!.resolve([]);
    await untilQuery(query, live);
    expect(told.filter(({ error }) => error)).toEqual([]);
  });

  it('leaves no timer behind where nobody wants another try', async () => {
    const { url } = await serveHistory();
    const { hub } = createClient(url);
    const { query, loads } = watch(hub, { retry: { baseDelay: 60_000, maxDelay: 60_000 } });
    await hub.start();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const failed = new Promise<void>((resolve) => {
      query.subscribe(() => query.getSnapshot().retryAt && resolve());
    });
    loads[0]!.reject(new Error('Out of order.'));
    await failed;
    const before = vi.getTimerCount();
    query.dispose();
    expect(vi.getTimerCount()).toBe(before - 1);
  });

  it('loads again where more messages came meanwhile than it holds back', async () => {
    const { url, add, history } = await serveHistory();
    const { hub } = createClient(url);
    const { query, loads, nextLoad } = watch(hub, { bufferSize: 3 });
    await hub.start();
    const again = nextLoad();
    for (let number = 1; number <= 4; number += 1) await add();
    const { error } = await untilQuery(query, ({ status }) => status === 'error');
    expect(error).toMatchObject({
      code: 'timeout',
      retryable: true,
      remediation: expect.stringContaining('bufferSize'),
    });
    await again;
    expect(loads.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await add();
    await heard(hub);
    loads[1]!.resolve(history.slice(0, 4));
    expect((await untilQuery(query, live)).data).toEqual(history);
  });

  it('loads again where a reducer threw', async () => {
    const { url, add, history } = await serveHistory();
    const { hub } = createClient(url);
    let broken = true;
    const { query, told } = watchHistory(hub, {
      on: {
        Added(data: number[], number: number) {
          if (broken) throw new Error('No place for it.');
          return append(data, number);
        },
      } as never,
    });
    await hub.start();
    await untilQuery(query, live);
    await add();
    await untilQuery(query, ({ data }) => data?.length === 1);
    broken = false;
    await untilQuery(query, live);
    await add();
    await heard(hub);
    expect(query.getSnapshot().data).toEqual(history);
    expect(told.flatMap(({ error }) => error?.message ?? [])).toContain('No place for it.');
  });
});

describe('another user', () => {
  const tokens = createTestTokens();

  /** A hub for two, whose history is of the caller's alone. */
  async function serveTwo(userIds = true) {
    const served = await serve({
      authenticate: tokens.authenticate,
      methods: { History: ({ userId }: HubCall<AnyHubContract>) => (userId === 'ann' ? [1, 2] : [3]) },
    });
    let user: string | null = 'ann';
    let tell: (change: 'signed-in' | 'signed-out') => void = () => {};
    const auth = tokenFrom(
      async () => user && (userIds ? tokens.issue({ sub: user, expiresIn: 60 }) : { token: await opaque(user) }),
      { subscribe: (listener) => ((tell = listener), () => {}) },
    );
    return {
      ...served,
      auth,
      become(next: string | null) {
        user = next;
        tell(next ? 'signed-in' : 'signed-out');
      },
    };
  }

  /** A token that does not say whose it is; the test's server knows. */
  const opaque = (sub: string): Promise<string> => tokens.issue({ sub, expiresIn: 60 });

  it('never gets what the one before has loaded or heard', async () => {
    const { url, auth, become, server } = await serveTwo();
    const { hub } = createClient(url, { auth });
    const previous: unknown[] = [];
    const { query, told } = watch(hub, {
      load: (context) => (previous.push(context.previous), hub.invoke('History')),
    });
    await hub.start();
    await untilQuery(query, live);
    await server.clients.user('ann').send('Added', 7);
    await heard(hub);
    expect(query.getSnapshot().data).toEqual([1, 2, 7]);
    const before = told.length;
    become('bob');
    await untilQuery(query, ({ data }) => data?.[0] === 3);
    expect(previous).toEqual([undefined, undefined]);
    const users = told.slice(before).map(({ data }) => data);
    expect(users.slice(users.indexOf(undefined))).not.toContainEqual([1, 2, 7]);
    expect(users).toContain(undefined);
  });

  it('finds nothing either where nobody listened meanwhile', async () => {
    const { url, auth, become } = await serveTwo();
    const { hub } = createClient(url, { auth });
    const { query, off } = watchHistory(hub);
    await hub.start();
    await untilQuery(query, live);
    off();
    become('bob');
    await until(hub, ({ userId, status }) => userId === 'bob' && status === 'connected');
    expect(query.getSnapshot()).toMatchObject({ status: 'pending', data: undefined });
  });

  it('aborts the load of the one before, and logging out leaves nothing', async () => {
    const { url, auth, become } = await serveTwo();
    const { hub } = createClient(url, { auth });
    const { query, loads, nextLoad } = watch(hub);
    await hub.start();
    const second = nextLoad();
    become('bob');
    await second;
    loads[0]!.resolve([1, 2]);
    loads[1]!.resolve([3]);
    await untilQuery(query, live);
    expect([loads[0]!.signal.aborted, query.getSnapshot().data]).toEqual([true, [3]]);
    await hub.logout();
    expect(query.getSnapshot()).toMatchObject({ status: 'pending', fetchStatus: 'paused', data: undefined });
  });

  it('counts whoever comes after a stop as another, where the source names nobody', async () => {
    const { url, auth, become } = await serveTwo(false);
    const { hub } = createClient(url, { auth: nameless(auth) });
    const previous: unknown[] = [];
    const { query } = watch(hub, {
      load: (context) => (previous.push(context.previous), hub.invoke('History')),
    });
    await hub.start();
    await untilQuery(query, live);
    expect(hub.getSnapshot()).toMatchObject({ auth: 'authenticated', userId: null });
    become('bob');
    await untilQuery(query, ({ data }) => data?.[0] === 3);
    expect(previous).toEqual([undefined, undefined]);
  });
});

it('keeps nothing of a user without a name for whoever comes next', async () => {
  const { url } = await serveHistory();
  const auth = nameless(tokenFrom(() => 'opaque'));
  const { hub } = createClient(url, { auth });
  const { query, off } = watch(hub, { load: () => [1] });
  await hub.start();
  await untilQuery(query, live);
  off();
  // A tick late, as it was asked.
  await new Promise((resolve) => setTimeout(resolve));
  expect(query.getSnapshot()).toMatchObject({ status: 'pending', data: undefined });
});

describe('its end', () => {
  it('lets go of handlers, group and load, and tells nobody any more', async () => {
    const { url, server, add } = await serveHistory();
    const { hub } = createClient(url);
    const { query, loads, told, nextLoad } = watch(hub, { group: 'room' });
    const loading = nextLoad();
    await hub.start();
    await loading;
    const left = server.waitFor('left');
    query.dispose();
    await left;
    const before = told.length;
    expect(loads[0]!.signal.aborted).toBe(true);
    loads[0]!.resolve([1]);
    await add();
    server.drop();
    await until(hub, ({ gaps }) => gaps === 1);
    query.subscribe(() => told.push(query.getSnapshot()))();
    query.reload();
    await heard(hub);
    expect([loads.length, told.length, hub.getSnapshot().groups.size]).toEqual([1, before, 0]);
    expect(query.getSnapshot()).toMatchObject({ status: 'pending', fetchStatus: 'idle' });
  });

  it('does nothing before somebody listens', async () => {
    const { url, calls } = await serveHistory();
    const { hub } = createClient(url);
    const query = createLiveQuery<never, number[]>(hub as never, {
      load: () => hub.invoke('History'),
      on: {},
      group: 'room',
    });
    query.reload();
    await hub.start();
    await heard(hub);
    expect([calls(), query.getSnapshot().status]).toEqual([['Echo heard'], 'pending']);
  });
});

it.each([
  [{ load: 'history' }, '`load`'],
  [{ on: { Added: 1 } }, '`on`'],
  [{ group: '' }, '`group`'],
  [{ itemKey: 'id' }, '`itemKey`'],
  [{ bufferSize: 0 }, '`bufferSize`'],
  [{ retry: { baseDelay: -1 } }, '`retry`'],
])('names an option that cannot work: %o', async (wrong, name) => {
  const { hub } = createClient('http://127.0.0.1:1/hub');
  expect(() => createLiveQuery(hub, { load: () => [], on: {}, ...wrong } as never)).toThrow(
    expect.objectContaining({ code: 'configuration', message: expect.stringContaining(name) }),
  );
});

/** The same source, which does not say who it is. */
function nameless(source: TokenSource): TokenSource {
  return {
    ...source,
    async getToken(request) {
      const credentials = await source.getToken(request);
      return credentials && 'token' in credentials ? { token: credentials.token } : null;
    },
  };
}
