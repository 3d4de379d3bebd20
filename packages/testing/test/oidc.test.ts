import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { INavigator, UserManagerSettings } from 'oidc-client-ts';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createTestOidc, createTestTokens } from '../src/index.ts';
import type { TestOidc, TestOidcOptions } from '../src/index.ts';
import { bearer, signalrClient } from './support/clients.ts';
import { listeningHub } from './support/hub.ts';

function testOidc(options: TestOidcOptions = {}): TestOidc {
  const oidc = createTestOidc(options);
  onTestFinished(() => oidc.dispose());
  vi.stubGlobal('fetch', oidc.fetch);
  return oidc;
}
afterEach(() => void vi.unstubAllGlobals());

/** Where the provider's redirect led. */
interface Browser {
  navigator: INavigator;
  url: string;
}

/** A browser that goes where it is sent, once: the provider has no pages to stop at. */
function browser(): Browser {
  const it: Browser = {
    url: '',
    navigator: {
      prepare: async () => ({
        async navigate({ url }) {
          const response = await fetch(url, { redirect: 'manual' });
          it.url = response.headers.get('location') ?? '';
          return { url: it.url };
        },
        close: () => undefined,
      }),
      callback: async () => undefined,
    },
  };
  return it;
}

function userManager(oidc: TestOidc, { navigator }: Browser = browser(), more: Partial<UserManagerSettings> = {}) {
  const store = (): WebStorageStateStore => new WebStorageStateStore({ store: new InMemoryWebStorage() });
  const settings = {
    ...oidc.settings(),
    userStore: store(),
    stateStore: store(),
    automaticSilentRenew: false,
    ...more,
  };
  return new UserManager(settings, navigator, navigator, navigator);
}

async function signedIn(oidc: TestOidc, more: Partial<UserManagerSettings> = {}): Promise<UserManager> {
  const it = browser();
  const manager = userManager(oidc, it, more);
  await manager.signinRedirect();
  await manager.signinRedirectCallback(it.url);
  return manager;
}

/** What is left of a lifetime is told in whole seconds: none may begin meanwhile. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
}

test('signs in by redirect, and its tokens open a hub', async () => {
  stopClock();
  const oidc = testOidc({ user: { sub: 'ann', name: 'Ann', roles: ['staff'] } });
  const manager = await signedIn(oidc, { loadUserInfo: true });
  const user = await manager.getUser();
  expect([user?.profile.sub, user?.profile.name, user?.expires_in, user?.scope]).toEqual([
    'ann',
    'Ann',
    300,
    'openid profile offline_access',
  ]);
  const { url } = await listeningHub({
    authenticate: oidc.authenticate,
    methods: { Me: (call) => [call.userId, call.user?.name, call.user?.roles] },
  });
  const client = signalrClient(url, bearer(user!.access_token));
  await client.start();
  expect(await client.invoke('Me')).toEqual(['ann', 'Ann', ['staff']]);
  await client.stop();
});

test.each(['ES256', 'RS256'] as const)('signs with %s, which anybody can check', async (algorithm) => {
  const oidc = testOidc({ algorithm });
  const user = await (await signedIn(oidc)).getUser();
  const keys = createRemoteJWKSet(new URL(`${oidc.authority}/jwks`), { [customFetch]: oidc.fetch });
  const options = { issuer: oidc.authority, algorithms: [algorithm] };
  const { payload } = await jwtVerify(user!.id_token!, keys, { ...options, audience: 'app' });
  expect(payload.sub).toBe('ann');
  await expect(jwtVerify(`${user!.access_token.slice(0, -8)}AAAAAAAA`, keys, options)).rejects.toThrow('signature');
  await expect(oidc.authenticate({ token: `${user!.access_token.slice(0, -8)}AAAAAAAA` })).rejects.toThrow('401');
});

test('renews with a refresh token, whose second use ends the sign-in', async () => {
  const oidc = testOidc();
  const manager = await signedIn(oidc);
  const first = (await manager.getUser())!.refresh_token!;
  const renewed = await manager.signinSilent();
  expect(renewed?.refresh_token).not.toBe(first);
  await manager.storeUser(Object.assign((await manager.getUser())!, { refresh_token: first }));
  await expect(manager.signinSilent()).rejects.toMatchObject({ error: 'invalid_grant' });
  await manager.storeUser(renewed);
  await expect(manager.signinSilent()).rejects.toMatchObject({ error: 'invalid_grant' });
  expect(oidc.reuses).toBe(1);
  expect(oidc.tokenRequests().map(({ grantType, status, error }) => [grantType, status, error])).toEqual([
    ['authorization_code', 200, undefined],
    ['refresh_token', 200, undefined],
    ['refresh_token', 400, 'invalid_grant'],
    ['refresh_token', 400, 'invalid_grant'],
  ]);
});

test('keeps a refresh token that does not rotate', async () => {
  const manager = await signedIn(testOidc({ rotate: false }));
  const first = (await manager.getUser())?.refresh_token;
  expect([(await manager.signinSilent())?.refresh_token, (await manager.signinSilent())?.refresh_token]).toEqual([
    first,
    first,
  ]);
});

test('gives a code once, to whoever asked for it, and to nobody without its verifier', async () => {
  const oidc = testOidc();
  const exchange = async (changes: Record<string, string>, times = 1): Promise<unknown> => {
    const it = browser();
    await userManager(oidc, it, { disablePKCE: true }).signinRedirect({
      extraQueryParams: { code_challenge: 'secret', code_challenge_method: 'plain' },
    });
    const code = new URL(it.url).searchParams.get('code')!;
    const form = {
      grant_type: 'authorization_code',
      client_id: 'app',
      code,
      redirect_uri: 'http://localhost/signed-in',
    };
    let answer: { error?: string } = {};
    for (let i = 0; i < times; i += 1) {
      const body = new URLSearchParams({ ...form, code_verifier: 'secret', ...changes });
      answer = (await (await fetch(`${oidc.authority}/token`, { method: 'POST', body })).json()) as { error?: string };
    }
    return answer.error ?? 'tokens';
  };
  expect(await exchange({})).toBe('tokens');
  expect(await exchange({}, 2)).toBe('invalid_grant');
  expect(await exchange({ code_verifier: 'guess' })).toBe('invalid_grant');
  expect(await exchange({ client_id: 'other' })).toBe('invalid_grant');
  expect(await exchange({ redirect_uri: 'http://evil/' })).toBe('invalid_grant');
  expect(await exchange({ code: 'made-up' })).toBe('invalid_grant');
});

test('takes a password, and refuses a wrong one', async () => {
  const oidc = testOidc({ user: { sub: 'ann', password: 'right', roles: ['staff'] } });
  const manager = userManager(oidc);
  const credentials = (password: string) => ({ username: 'ann', password, skipUserInfo: true });
  const user = await manager.signinResourceOwnerCredentials(credentials('right'));
  expect((await oidc.authenticate({ token: user.access_token }))?.claims).not.toHaveProperty('password');
  await expect(manager.signinResourceOwnerCredentials(credentials('wrong'))).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});

test('signs in without a page only while there is a session', async () => {
  const oidc = testOidc();
  const it = browser();
  const manager = userManager(oidc, it);
  const silently = async (): Promise<string> => {
    await manager.signinRedirect({ prompt: 'none' });
    return manager.signinRedirectCallback(it.url).then(
      ({ profile }) => profile.sub,
      ({ error }) => error as string,
    );
  };
  const before = await silently();
  await manager.signinRedirect();
  await manager.signinRedirectCallback(it.url);
  const during = await silently();
  await manager.signoutRedirect();
  expect(it.url).toBe('http://localhost/');
  expect([before, during, await silently(), oidc.signOuts().length]).toEqual([
    'login_required',
    'ann',
    'login_required',
    1,
  ]);
});

test('lets another user sign in, or refuse', async () => {
  const oidc = testOidc();
  oidc.signInAs({ sub: 'bob' });
  expect((await (await signedIn(oidc)).getUser())?.profile.sub).toBe('bob');
  oidc.signInAs(null);
  await expect(signedIn(oidc)).rejects.toMatchObject({ error: 'access_denied' });
});

test('brings changed roles and lifetimes with the next token, and nothing to whom it has revoked', async () => {
  stopClock();
  const oidc = testOidc({ user: { sub: 'ann', roles: [] } });
  const manager = await signedIn(oidc);
  oidc.setUser({ sub: 'ann', roles: ['staff'] });
  oidc.setExpiresIn(20);
  const renewed = await manager.signinSilent();
  expect((await oidc.authenticate({ token: renewed!.access_token }))?.roles).toEqual(['staff']);
  expect(renewed?.expires_in).toBe(20);
  oidc.revoke('ann');
  await expect(manager.signinSilent()).rejects.toMatchObject({ error: 'invalid_grant' });
  expect((await oidc.authenticate({ token: renewed!.access_token }))?.userId).toBe('ann');
});

test('forgets the sign-in whose token is revoked', async () => {
  const oidc = testOidc();
  const manager = await signedIn(oidc);
  const { refresh_token: token } = (await manager.getUser())!;
  await manager.revokeTokens(['refresh_token']);
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token ?? '' });
  expect((await fetch(`${oidc.authority}/token`, { method: 'POST', body })).status).toBe(400);
});

test('fails as it is told to, and recovers', async () => {
  const oidc = testOidc();
  const manager = await signedIn(oidc);
  const lift = oidc.reject('temporarily_unavailable', { description: 'Back soon' });
  await expect(manager.signinSilent()).rejects.toMatchObject({
    error: 'temporarily_unavailable',
    error_description: 'Back soon',
  });
  lift();
  oidc.reject(503, { times: 1, headers: { 'Retry-After': '2' } });
  await expect(manager.signinSilent()).rejects.toThrow('(503)');
  oidc.drop({ times: 1 });
  await expect(manager.signinSilent()).rejects.toThrow('fetch failed');
  oidc.reject(500, { on: 'discovery' });
  await expect(userManager(oidc).signinRedirect()).rejects.toThrow('(500)');
  expect((await manager.signinSilent())?.profile.sub).toBe('ann');
  expect(oidc.tokenRequests().map(({ status }) => status)).toEqual([200, 400, 503, 0, 200]);
});

test('spends a refresh token when the request is taken, however late the answer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const oidc = testOidc();
  const { value } = await oidc.storedUser();
  const { refresh_token: token } = JSON.parse(value) as { refresh_token: string };
  const body = { grant_type: 'refresh_token', refresh_token: token };
  const ask = async (): Promise<number> =>
    (await fetch(`${oidc.authority}/token`, { method: 'POST', body: new URLSearchParams(body) })).status;
  // Signatures take real time: the clock may move on when the request has been taken.
  const taken = async (count: number): Promise<void> => {
    while (oidc.tokenRequests().length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  oidc.delay(30_000);
  const first = ask();
  await taken(1);
  const second = ask();
  await taken(2);
  await vi.advanceTimersByTimeAsync(30_000);
  expect([await first, await second]).toEqual([200, 400]);
});

test('serves from a port, and leaves nothing behind', async () => {
  const oidc = createTestOidc({ issue: createTestTokens({ secret: 'x'.repeat(32) }).issue });
  const { authority } = await oidc.listen();
  const { key, value } = await oidc.storedUser({ expiresIn: -60 });
  const userStore = new WebStorageStateStore({ store: new InMemoryWebStorage(), prefix: '' });
  await userStore.set(key, value);
  const manager = userManager(oidc, browser(), { userStore });
  const stored = await manager.getUser();
  const renewed = await manager.signinSilent();
  expect([oidc.authority, stored?.expired, renewed?.expired]).toEqual([authority, true, false]);
  expect(await createTestTokens({ secret: 'x'.repeat(32) }).verify(renewed!.access_token)).toMatchObject({
    userId: 'ann',
  });
  await oidc.dispose();
  await expect(fetch(`${authority}/jwks`)).rejects.toThrow('fetch failed');
});

test('answers what it does not know, and bad tokens, as a server does', async () => {
  const oidc = testOidc();
  const statuses = await Promise.all([
    fetch(`${oidc.authority}/nothing`),
    fetch(`${oidc.authority}/userinfo`, { headers: { Authorization: 'Bearer x.y.z' } }),
    fetch(`${oidc.authority}/token`),
    fetch(`${oidc.authority}/authorize`),
    fetch(`${oidc.authority}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'magic' }) }),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([404, 401, 405, 400, 400]);
});
