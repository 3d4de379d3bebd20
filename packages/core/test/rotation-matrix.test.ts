import { type HubClient, type HubOptions, tokenFrom, type TokenChange } from '@org/hub-core';
import type { AnyHubContract, HubCall, TestHubOptions } from '@org/hub-testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient, createDeferred, serve, type Served, until } from './hub.ts';
import { type Page, stubPage } from './page.ts';
import { doorsOf } from './token-server.ts';

/** Whatever can happen, at each step of an overlap. The step hangs until it has happened. */
type Call = HubCall<AnyHubContract>;
type Step = (typeof steps)[number];

const steps = ['token', 'address', 'negotiate', 'prepare', 'groups', 'calls', 'close'] as const;

interface Scene extends Served {
  hub: HubClient;
  page: Page;
  /** The first link. */
  first: string;
  told: unknown[];
  tell(change: TokenChange, user: string | null): void;
  /** Who is signed in. */
  user(): string | null;
}

/** A client in the middle of an overlap, which hangs at a step. */
async function overlapping(step: Step) {
  const page = stubPage();
  const reached = createDeferred();
  const gate = createDeferred();
  const times = new Map<Step, number>();
  /** Hangs at the second time: the first one was the first link’s. */
  const hang = async (at: Step, time = 2): Promise<void> => {
    times.set(at, (times.get(at) ?? 0) + 1);
    if (at !== step || times.get(at) !== time) return;
    reached.resolve();
    await gate.promise;
  };
  let user: string | null = 'ann';
  let told = (_: TokenChange): void => {};
  const auth = tokenFrom(
    async () => {
      const mine = user;
      await hang('token');
      return mine && { token: `${mine}-${crypto.randomUUID()}`, userId: mine };
    },
    { subscribe: (listener) => ((told = listener), () => (told = () => {})), signOut: () => Promise.resolve() },
  );
  const hubOptions: TestHubOptions<AnyHubContract> = {
    authenticate: ({ token }) => (token === null ? null : { userId: token.slice(0, 3) }),
    onDisconnected: () => hang('close', 1),
    methods: {
      JoinGroup: async (call: Call, group: string) => {
        await hang('groups');
        await call.groups.add(group);
      },
      Slow: () => hang('calls', 1),
    },
  };
  const served = await serve(hubOptions);
  const { url, fetch, WebSocket } = doorsOf(served.server);
  const options: Partial<HubOptions> = {
    auth,
    rotation: 'overlap',
    reconnect: { baseDelay: 10, maxDelay: 20, stableAfter: 0 },
    prepare: () => hang('prepare'),
    signalr: {
      WebSocket,
      fetch: async (...request) => {
        const aborted = new Promise((resolve) => request[1]?.signal?.addEventListener('abort', resolve));
        await Promise.race([hang('negotiate'), aborted]);
        return fetch(...request);
      },
    },
  };
  const address = async (): Promise<string> => (await hang('address'), url);
  const { hub } = createClient(address, options);
  const messages: unknown[] = [];
  hub.on('Told', (text) => messages.push(text));
  hub.join('room');
  await hub.start();
  const scene: Scene = {
    ...served,
    hub,
    page,
    told: messages,
    first: hub.getSnapshot().connectionId!,
    tell(change, who) {
      user = who;
      told(change);
    },
    user: () => user,
  };
  const slow = step === 'calls' ? hub.invoke('Slow').catch(() => {}) : null;
  if (slow) await reached.promise;
  const joined = served.server.waitFor('completed', ({ method }) => method === 'JoinGroup');
  const refreshed = hub.refreshAuthentication().catch((error: unknown) => error);
  await Promise.race([slow ? joined : reached.promise, refreshed]);
  return { ...scene, refreshed, slow, letGo: gate.resolve };
}

/** How many timers are to fire that were set from now on. */
function countTimers(): () => number {
  const { setTimeout, clearTimeout } = globalThis;
  const pending = new Set<unknown>();
  vi.stubGlobal('setTimeout', (run: () => void, ms?: number) => {
    const timer = setTimeout(() => {
      pending.delete(timer);
      run();
    }, ms);
    pending.add(timer);
    return timer;
  });
  vi.stubGlobal('clearTimeout', (timer: Parameters<typeof clearTimeout>[0]) => {
    pending.delete(timer);
    clearTimeout(timer);
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return () => pending.size;
}

const endings: [what: string, act: (scene: Scene) => Promise<unknown>][] = [
  ['stop()', ({ hub }) => hub.stop()],
  ['dispose()', ({ hub }) => hub.dispose()],
  ['logout()', ({ hub }) => hub.logout({ timeout: 1_000 })],
  [
    'a sign-out',
    async ({ hub, tell }) => {
      tell('signed-out', null);
      await until(hub, ({ status }) => status === 'disconnected');
    },
  ],
];

const survivals: typeof endings = [
  ['nothing', () => Promise.resolve()],
  ['start()', ({ hub }) => Promise.resolve(void hub.start())],
  ['another refreshAuthentication()', ({ hub }) => Promise.resolve(void hub.refreshAuthentication().catch(() => {}))],
  ['the end of the first link', async ({ server, first }) => server.drop({ filter: ({ id }) => id === first })],
  ['the end of the second link', async ({ server, first }) => server.drop({ filter: ({ id }) => id !== first })],
  ['the end of both', async ({ server }) => server.drop()],
  [
    'a close of both that allows to reconnect',
    ({ server }) => Promise.resolve(void server.close({ allowReconnect: true })),
  ],
  ['a page that was away', async ({ page }) => page.tell('resume')],
  ['the back/forward cache', async ({ page }) => (page.tell('pagehide', { persisted: true }), page.tell('pageshow'))],
  ['a group that is joined', async ({ hub }) => void hub.join('late')],
  ['a group that is joined and left', async ({ hub }) => void hub.join('late').leave()],
  ['a server that refuses new links for a while', async ({ server }) => void server.reject(503, { times: 2 })],
  ['a server that restarts', async ({ server }) => void server.restart()],
  ['another user', async ({ tell }) => tell('signed-in', 'bob')],
];

describe.each(steps)('an overlap that has come to its %s', (step) => {
  it.each(endings)('ends with %s, and nothing is left', async (_what, act) => {
    const timers = countTimers();
    const { refreshed, slow, letGo, ...scene } = await overlapping(step);
    const acted = act(scene);
    // The server finishes with the first link, or the source answers, in its own time.
    letGo();
    await Promise.all([acted, slow]);
    expect(await refreshed).toMatchObject({ name: 'HubError' });
    const { hub, server, page } = scene;
    // Time enough for a link that should not be: another client comes and goes.
    const { url, ...signalr } = doorsOf(server);
    const other = createClient(url, { auth: tokenFrom('zoe'), signalr }).hub;
    await other.start();
    await other.dispose();
    expect(server.connections()).toEqual([]);
    await hub.stop();
    expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', connectionId: null });
    expect(page.listeners()).toBe(0);
    await hub.dispose();
    await server.dispose();
    await vi.waitFor(() => expect(timers()).toBe(0));
  });

  it.each(survivals)('survives %s', async (_what, act) => {
    const { refreshed, slow, letGo, ...scene } = await overlapping(step);
    await act(scene);
    letGo();
    await Promise.all([refreshed, slow]);
    const { hub, server, told } = scene;
    await until(
      hub,
      ({ status, userId, groups }) =>
        status === 'connected' && userId === scene.user() && groups.get('room')?.status === 'joined',
    );
    // What a server closes is open to the eye for a moment.
    await vi.waitFor(() => hub.invoke('Echo', 'there'));
    expect(server.connections().map(({ userId }) => userId)).toEqual([hub.getSnapshot().userId]);
    const wanted = [...hub.getSnapshot().groups.keys()].sort();
    expect(server.connections().map(({ groups }) => [...groups].sort())).toEqual([wanted]);
    told.length = 0;
    await server.clients.group('room').send('Told', 'once');
    await hub.invoke('Echo', 'heard');
    expect(told).toEqual(['once']);
    const heard: unknown[] = [];
    hub.on('New', (text) => heard.push(text));
    await server.clients.all.send('New', 'name');
    await hub.invoke('Echo', 'heard');
    expect(heard).toEqual(['name']);
  });
});
