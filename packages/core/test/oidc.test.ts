import { oidc } from '@org/hub-core/oidc';
import type { OidcOptions } from '@org/hub-core/oidc';
import type { TokenChange } from '@org/hub-core';
import { createTestOidc } from '@org/hub-testing';
import type { TestOidc, TestOidcOptions } from '@org/hub-testing';
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { createClient, createDeferred, serve, until } from './hub.ts';

afterEach(() => void vi.unstubAllGlobals());

async function startProvider(options?: TestOidcOptions): Promise<TestOidc> {
  const provider = createTestOidc(options);
  onTestFinished(() => provider.dispose());
  await provider.listen();
  return provider;
}

interface Login {
  manager: UserManager;
  /** Where the user is kept, and under which name. */
  store: Storage;
  key: string;
  /** What the manager was asked to do with its own renewal. */
  renewal: string[];
  signInAs(sub: string): Promise<unknown>;
}

/** A tab's worth of oidc-client-ts with a signed-in user. */
async function logIn(
  provider: TestOidc,
  { expiresIn, store = new InMemoryWebStorage() }: { expiresIn?: number; store?: Storage } = {},
): Promise<Login> {
  const userStore = new WebStorageStateStore({ store });
  const { key, value } = await provider.storedUser(expiresIn === undefined ? {} : { expiresIn });
  await userStore.set(key, value);
  const renewal: string[] = [];
  const manager = new (class extends UserManager {
    override startSilentRenew(): void {
      renewal?.push('start');
      super.startSilentRenew();
    }
    override stopSilentRenew(): void {
      renewal?.push('stop');
      super.stopSilentRenew();
    }
  })({
    ...provider.settings(),
    userStore,
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
  onTestFinished(() => manager.removeUser());
  renewal.length = 0;
  return {
    manager,
    store,
    key: `oidc.${key}`,
    renewal,
    signInAs: (sub) => manager.signinResourceOwnerCredentials({ username: sub, password: 'any' }),
  };
}

const isDiscovery = (url: string): boolean => url.endsWith('/openid-configuration');
const isRefresh = (_url: string, body: unknown): boolean =>
  body instanceof URLSearchParams && body.get('grant_type') === 'refresh_token';

/** The server has the request, and keeps its answer back for as long as the test says. */
function slowly(which: typeof isRefresh = isRefresh): { asked: Promise<void>; answer(): void } {
  const real = globalThis.fetch;
  const asked = createDeferred();
  const answered = createDeferred();
  vi.stubGlobal('fetch', (async (input, init) => {
    const response = await real(input, init);
    if (which(new Request(input).url, init?.body)) {
      asked.resolve();
      await answered.promise;
    }
    return response;
  }) satisfies typeof fetch);
  return { asked: asked.promise, answer: answered.resolve };
}

function listen(source: { subscribe?(listener: (change: TokenChange) => void): () => void }): TokenChange[] {
  const changes: TokenChange[] = [];
  const off = source.subscribe?.((change) => void changes.push(change));
  onTestFinished(() => off?.());
  return changes;
}

const connect = { reason: 'connect', force: false, attempt: 0 } as const;
const refreshesOf = (provider: TestOidc): number =>
  provider.tokenRequests().filter(({ grantType }) => grantType === 'refresh_token').length;

it.each(['login_required', 'interaction_required', 'consent_required', 'account_selection_required', 'invalid_grant'])(
  'takes %s for the end of the session: one request, nobody stored',
  async (code) => {
    const provider = await startProvider();
    const { url, visits } = await serve({ authenticate: provider.authenticate });
    const { manager } = await logIn(provider, { expiresIn: -60 });
    provider.reject(code);
    const { hub, types } = createClient(url, { auth: oidc(manager) });
    await expect(hub.start()).rejects.toMatchObject({ code: 'session-ended', message: expect.stringContaining(code) });
    expect([refreshesOf(provider), visits, await manager.getUser(), types('tokenRefreshFailed')]).toEqual([
      1,
      [],
      null,
      [],
    ]);
  },
);

it.each([
  ['a server error', (provider: TestOidc) => provider.reject(503, { times: 2 })],
  ['an OAuth error that passes', (provider: TestOidc) => provider.reject('temporarily_unavailable', { times: 2 })],
  ['no network', (provider: TestOidc) => provider.drop({ times: 2 })],
])('tries again after %s, and keeps the user', async (_, fail) => {
  const provider = await startProvider();
  const { url } = await serve({ authenticate: provider.authenticate });
  const { manager } = await logIn(provider, { expiresIn: -60 });
  fail(provider);
  const { hub, types } = createClient(url, { auth: oidc(manager) });
  await hub.start();
  expect([refreshesOf(provider), types('tokenRefreshFailed', 'sessionEnded')]).toEqual([
    3,
    ['tokenRefreshFailed', 'tokenRefreshFailed'],
  ]);
  expect(hub.getSnapshot().userId).toBe('ann');
});

it('asks a slow token end point once, whoever stops and starts meanwhile', async () => {
  const provider = await startProvider();
  const { url } = await serve({ authenticate: provider.authenticate });
  const { manager, renewal } = await logIn(provider, { expiresIn: -60 });
  const { asked, answer } = slowly();
  const { hub } = createClient(url, { auth: oidc(manager) });
  const started = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await asked;
  await hub.stop();
  await started;
  // It still has the refresh token: until it has answered, the manager may not renew on its own.
  expect(renewal).toEqual(['stop']);
  const again = hub.start();
  answer();
  await again;
  expect([refreshesOf(provider), provider.reuses, hub.getSnapshot().userId]).toEqual([1, 0, 'ann']);
  await hub.stop();
  expect(renewal.at(-1)).toBe('start');
});

it('counts the lifetime of a token from when it was asked for, however late its answer comes', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const provider = await startProvider({ expiresIn: 15 });
  const { manager } = await logIn(provider, { expiresIn: -60 });
  const { asked, answer } = slowly();
  const source = oidc(manager);
  // In whole seconds, as oidc-client-ts counts.
  vi.setSystemTime(Math.ceil(Date.now() / 1000) * 1000);
  const askedAt = Date.now();
  const credentials = source.getToken(connect);
  await asked;
  vi.setSystemTime(Date.now() + 10_000);
  answer();
  expect(await credentials).toMatchObject({ expiresAt: askedAt + 15_000 });
  // What is stored is what the other tabs go by.
  expect((await manager.getUser())!.expires_at).toBe(askedAt / 1000 + 15);
});

it.each([
  ['does not count what the provider takes to say who it is', isDiscovery, 1],
  ['asks once more for a token that was over when it came, and the hub never sees it', isRefresh, 2],
])('%s', async (_, isSlow, requests) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const provider = await startProvider({ expiresIn: 15 });
  const { url, visits } = await serve({ authenticate: provider.authenticate });
  const { manager } = await logIn(provider, { expiresIn: -60 });
  const { asked, answer } = slowly(isSlow);
  const { hub } = createClient(url, { auth: oidc(manager) });
  const started = hub.start();
  await asked;
  vi.setSystemTime(Date.now() + 33_000);
  answer();
  await started;
  expect([refreshesOf(provider), visits]).toEqual([requests, ['negotiated ann']]);
});

it('takes renewal over while a client is started, and gives it back after the last one of all its sources', async () => {
  const provider = await startProvider();
  const { url } = await serve({ authenticate: provider.authenticate });
  const { manager, renewal } = await logIn(provider);
  const [one, other] = [oidc(manager), oidc(manager)];
  expect(renewal).toEqual([]);
  const clients = [one, one, other].map((auth) => createClient(url, { auth }).hub);
  await Promise.all(clients.map((hub) => hub.start()));
  expect(renewal).toEqual(['stop']);
  await clients[0]!.stop();
  await clients[1]!.stop();
  expect(renewal).toEqual(['stop']);
  await clients[2]!.dispose();
  expect(renewal).toEqual(['stop', 'start']);
});

it('leaves a manager alone that does not renew', async () => {
  const provider = await startProvider();
  const { url } = await serve({ authenticate: provider.authenticate });
  const { manager, renewal } = await logIn(provider);
  Object.assign(manager.settings, { automaticSilentRenew: false });
  const { hub } = createClient(url, { auth: oidc(manager) });
  await hub.start();
  await hub.stop();
  expect(renewal).toEqual(['stop']);
});

it('spends a refresh token once, however many sources ask for it at the same time', async () => {
  const provider = await startProvider();
  const { manager } = await logIn(provider, { expiresIn: -60 });
  const sources = [oidc(manager), oidc(manager), oidc(manager)];
  const given = await Promise.all(sources.map((source) => source.getToken(connect)));
  expect(new Set(given.map((credentials) => credentials && 'token' in credentials && credentials.token)).size).toBe(1);
  expect([refreshesOf(provider), provider.reuses]).toEqual([1, 0]);
});

it('hears at once of another user who signs in during its own renewal, and keeps them', async () => {
  const provider = await startProvider();
  const { url } = await serve({ authenticate: provider.authenticate });
  const { manager, signInAs } = await logIn(provider, { expiresIn: -60 });
  const source = oidc(manager);
  const changes = listen(source);
  const { asked, answer } = slowly();
  const { hub } = createClient(url, { auth: source });
  const started = hub.start();
  await asked;
  await signInAs('bob');
  expect(changes).toEqual(['signed-in']);
  answer();
  await started;
  expect(hub.getSnapshot().userId).toBe('bob');
  expect((await manager.getUser())?.profile.sub).toBe('bob');
  expect(changes).toEqual(['signed-in']);
});

it('does not store a user again who was removed while the token was being renewed', async () => {
  const provider = await startProvider();
  const { url, visits } = await serve({ authenticate: provider.authenticate });
  const { manager } = await logIn(provider, { expiresIn: -60 });
  const source = oidc(manager);
  const changes = listen(source);
  const { asked, answer } = slowly();
  const { hub } = createClient(url, { auth: source });
  void hub.start().catch(() => {});
  await asked;
  await manager.removeUser();
  const settled = source.getToken(connect);
  answer();
  expect(await settled).toBeNull();
  await until(hub, ({ auth }) => auth !== 'unknown');
  await vi.waitFor(async () => expect(await manager.getUser()).toBeNull());
  expect([visits, changes.filter((change) => change !== 'signed-out')]).toEqual([[], []]);
});

it('does not store a user again who was removed after the last client had stopped', async () => {
  const provider = await startProvider();
  const { manager } = await logIn(provider, { expiresIn: -60 });
  const { asked, answer } = slowly();
  const token = oidc(manager).getToken(connect);
  await asked;
  await manager.removeUser();
  answer();
  await expect(token).rejects.toMatchObject({ code: 'closed' });
  expect(await manager.getUser()).toBeNull();
});

it('says nothing of its own renewals, `renewed` of the app’s, and `signed-in` of a new sign-in of the same user', async () => {
  const provider = await startProvider();
  provider.setUser({ sub: 'ann', sid: 'one' });
  const { manager, signInAs } = await logIn(provider, { expiresIn: -60 });
  const source = oidc(manager);
  const changes = listen(source);
  await source.getToken(connect);
  expect(changes).toEqual([]);
  await manager.signinSilent();
  expect(changes).toEqual(['renewed']);
  // Renewal stays in the session at the provider.
  provider.setUser({ sub: 'ann', sid: 'two' });
  await signInAs('ann');
  expect(changes).toEqual(['renewed', 'signed-in']);
});

it('29. two stopped clients do not wake each other; a sign-in of the same user starts both', async () => {
  const provider = await startProvider();
  provider.setUser({ sub: 'ann', sid: 'one' });
  const { server, url } = await serve({ authenticate: provider.authenticate });
  const { manager, signInAs } = await logIn(provider);
  const sources = [oidc(manager), oidc(manager)];
  const clients = sources.map((auth) => createClient(url, { auth }));
  const lift = server.reject(401);
  const outcomes = await Promise.allSettled(clients.map(({ hub }) => hub.start()));
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual([
    'unauthorized',
    'unauthorized',
  ]);
  expect(refreshesOf(provider)).toBe(1);
  // One renews for both, and neither comes back for that.
  await sources[0]!.getToken({ reason: 'requested', force: true, attempt: 0 });
  expect(clients.map(({ hub }) => hub.getSnapshot().status)).toEqual(['disconnected', 'disconnected']);
  lift();
  provider.setUser({ sub: 'ann', sid: 'two' });
  await signInAs('ann');
  await Promise.all(clients.map(({ hub }) => until(hub, ({ status }) => status === 'connected')));
  expect(refreshesOf(provider)).toBe(2);
});

it('takes the token of whoever was faster with the refresh token, where there are no locks', async () => {
  const provider = await startProvider();
  const { manager, store, key } = await logIn(provider, { expiresIn: -60 });
  const faster = await provider.storedUser();
  const lift = provider.reject('invalid_grant');
  const { asked, answer } = slowly();
  const token = oidc(manager).getToken(connect);
  await asked;
  lift();
  store.setItem(key, faster.value);
  answer();
  const { access_token } = JSON.parse(faster.value) as { access_token: string };
  expect(await token).toMatchObject({ token: access_token });
  expect((await manager.getUser())?.access_token).toBe(access_token);
});

it.each(['redirect', 'popup', 'silent'] as const)(
  'leaves nobody stored where the sign-out by %s fails',
  async (signOut) => {
    const provider = await startProvider();
    const { url } = await serve({ authenticate: provider.authenticate });
    const { manager } = await logIn(provider);
    const lines: string[] = [];
    const logger = { log: (_: string, line: string) => void lines.push(line) };
    const { hub, types } = createClient(url, { auth: oidc(manager, { signOut }), logger });
    await hub.start();
    // There is no window here to leave the page with, so each of them fails.
    await hub.logout();
    expect([await manager.getUser(), types('sessionEnded')]).toEqual([null, ['sessionEnded']]);
    expect(lines.filter((line) => line.startsWith('The source could not sign out'))).toHaveLength(1);
  },
);

it('shares with other tabs what is in localStorage, and nothing else', async () => {
  const provider = await startProvider();
  const shared = new InMemoryWebStorage();
  vi.stubGlobal('localStorage', shared);
  const keyOf = async (store: Storage, options?: OidcOptions): Promise<string | undefined> =>
    oidc((await logIn(provider, { store })).manager, options).key;
  const key = `oidc:${provider.authority}:app`;
  expect([
    await keyOf(shared),
    await keyOf(new InMemoryWebStorage()),
    await keyOf(new InMemoryWebStorage(), { store: 'local' }),
    oidc(provider.settings()).key,
    oidc(provider.settings(), { store: 'local' }).key,
  ]).toEqual([key, undefined, key, undefined, key]);
});

it('shares nothing where there is no localStorage: on a server, or where the user has blocked it', async () => {
  const provider = await startProvider();
  expect(oidc(provider.settings(), { store: 'local' }).key).toBeUndefined();
  vi.stubGlobal(
    'localStorage',
    new Proxy(
      {},
      {
        get() {
          throw new Error('blocked');
        },
      },
    ),
  );
  expect(oidc(provider.settings()).key).toBeUndefined();
});

it('hears of what other tabs do to the stored user', async () => {
  const provider = await startProvider();
  provider.setUser({ sub: 'ann', sid: 'one' });
  const page = new EventTarget();
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  const store = new InMemoryWebStorage();
  vi.stubGlobal('localStorage', store);
  const { manager, key } = await logIn(provider, { store });
  const source = oidc(manager);
  const changes = listen(source);
  await source.getToken(connect);
  /** What a browser does when another tab writes. */
  const written = async (name: string | null, value: string | null): Promise<void> => {
    if (value === null) store.removeItem(key);
    else if (name === key) store.setItem(key, value);
    const read = vi.spyOn(manager, 'getUser');
    page.dispatchEvent(Object.assign(new Event('storage'), { key: name }));
    await Promise.all(read.mock.results.map(({ value: reading }) => reading as Promise<unknown>));
    read.mockRestore();
  };
  const renewed = await new UserManager({
    ...provider.settings(),
    userStore: new WebStorageStateStore({ store }),
    automaticSilentRenew: false,
  }).signinSilent();
  onTestFinished(() => store.clear());
  await written(key, renewed!.toStorageString());
  await written('another', 'value');
  const bob = await provider.storedUser({ sub: 'bob' });
  await written(key, bob.value);
  await written(key, null);
  await written(key, bob.value);
  store.clear();
  await written(null, '');
  expect(changes).toEqual(['renewed', 'signed-in', 'signed-out', 'signed-in', 'signed-out']);
});
