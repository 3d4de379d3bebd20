import type { TokenRequest } from '@org/hub-core';
import { identityApi, passwordGrant } from '@org/hub-core/identity';
import { createTestOidc } from '@org/hub-testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient, nextEvent, serve, until } from './hub.ts';
import { doorsOf, holdBack, serveTokens, stubStorage, stubStorageOfProcess, type TokenServer } from './token-server.ts';

const connect: TokenRequest = { reason: 'connect', force: false, attempt: 0 };
const ann = { username: 'ann', password: 'correct' };
const force = (rejected: string): TokenRequest => ({ reason: 'expiring', force: true, rejected, attempt: 0 });

/** What is the same for both. */
describe.each([
  {
    name: 'identityApi',
    create: ({ baseUrl }: TokenServer, store?: 'memory' | 'session') =>
      identityApi({ baseUrl, ...(store && { store }) }),
    words: 'Failed',
    first: 'login',
    renewal: 'refresh',
    ended: () => new Response(null, { status: 401 }),
  },
  {
    name: 'passwordGrant',
    create: ({ tokenUrl }: TokenServer, store?: 'memory' | 'session') =>
      passwordGrant({ tokenUrl, ...(store && { store }) }),
    words: 'The user name or password is incorrect.',
    first: 'password',
    renewal: 'refresh_token',
    ended: () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
  },
])('$name', ({ create, words, first, renewal, ended }) => {
  it('has nobody before the sign-in, and the user after it', async () => {
    const source = create(serveTokens());
    const before = await source.getToken(connect);
    await source.signIn(ann);
    const after = await source.getToken(connect);
    expect([before, after]).toEqual([null, { token: 'access-1-of-ann', userId: 'ann', expiresAt: expect.any(Number) }]);
  });

  it('connects the hub on sign-in, and closes it on sign-out', async () => {
    const tokens = serveTokens();
    const { server } = await serve({ authenticate: tokens.authenticate });
    const { url, ...at } = doorsOf(server);
    const source = create(tokens);
    const { hub, types } = createClient(url, { auth: source, signalr: at });
    const started = hub.start();
    await until(hub, ({ auth }) => auth === 'anonymous');
    await source.signIn(ann);
    await started;
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann' });
    await source.signOut();
    await until(hub, ({ status }) => status === 'disconnected');
    expect([types('sessionEnded'), await source.getToken(connect)]).toEqual([['sessionEnded'], null]);
    expect(tokens.requests).toEqual([first]);
  });

  it('keeps each user for himself where there is no page, whatever storage the process has', async () => {
    const items = stubStorageOfProcess('sessionStorage');
    const tokens = serveTokens();
    const [one, other] = [create(tokens), create(tokens)];
    await one.signIn(ann);
    const users = [await one.getToken(connect), await other.getToken(connect)];
    await other.signOut();
    expect([...users, await one.getToken(connect), ...items]).toMatchObject([
      { userId: 'ann' },
      null,
      { userId: 'ann' },
    ]);
  });

  it('says what the server said to a wrong password, and keeps whoever is signed in', async () => {
    const source = create(serveTokens());
    await source.signIn(ann);
    await expect(source.signIn({ username: 'ann', password: 'wrong' })).rejects.toMatchObject({
      name: 'HubError',
      code: 'unauthorized',
      message: words,
      retryable: false,
      remediation: expect.stringContaining('password'),
    });
    expect(await source.getToken(connect)).toMatchObject({ userId: 'ann' });
  });

  it.each([
    ['a server that is down', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), 'token-unavailable', true],
    ['no network', () => Promise.reject(new TypeError('Failed to fetch')), 'token-unavailable', true],
    ['a page where the end point should be', () => new Response('<html>', { status: 200 }), 'configuration', false],
    ['a wrong address', () => new Response('', { status: 404 }), 'configuration', false],
  ])('tells %s apart from a wrong password', async (_, answer, code, retryable) => {
    const tokens = serveTokens();
    tokens.broken = answer;
    await expect(create(tokens).signIn(ann)).rejects.toMatchObject({ name: 'HubError', code, retryable });
  });

  it('renews by force, once for all who ask, and stores the pair before anybody has it', async () => {
    const tokens = serveTokens();
    const items = stubStorage('sessionStorage');
    const source = create(tokens);
    await source.signIn(ann);
    const release = holdBack(tokens);
    const asked = Promise.all([1, 2, 3].map(() => source.getToken(force('access-1-of-ann'))));
    release();
    const given = await asked;
    expect(given.map((credentials) => credentials && 'token' in credentials && credentials.token)).toEqual([
      'access-2-of-ann',
      'access-2-of-ann',
      'access-2-of-ann',
    ]);
    expect(tokens.requests).toEqual([first, renewal]);
    expect([...items.values()].join()).toContain('refresh-2-of-ann');
  });

  it('takes any token but the refused one', async () => {
    const tokens = serveTokens();
    const source = create(tokens);
    await source.signIn(ann);
    expect(await source.getToken(force('another'))).toMatchObject({ token: 'access-1-of-ann' });
    expect(tokens.requests).toEqual([first]);
  });

  it('survives a reload in this tab, and not with `memory`', async () => {
    const tokens = serveTokens();
    const items = stubStorage('sessionStorage');
    await create(tokens).signIn(ann);
    expect(await create(tokens).getToken(connect)).toMatchObject({ userId: 'ann' });
    await create(tokens).signOut();
    expect(items.size).toBe(0);
    await create(tokens, 'memory').signIn(ann);
    expect([items.size, await create(tokens, 'memory').getToken(connect)]).toEqual([0, null]);
  });

  it('the end of the session is told once, and nothing is left in the store', async () => {
    const tokens = serveTokens();
    const items = stubStorage('sessionStorage');
    const { server, visits } = await serve({ authenticate: tokens.authenticate });
    const { url, ...at } = doorsOf(server);
    const source = create(tokens);
    await source.signIn(ann);
    const { hub, types } = createClient(url, { auth: source, signalr: at });
    await hub.start();
    tokens.broken = ended;
    server.reject(401);
    server.drop();
    const { error } = await until(hub, ({ status }) => status === 'disconnected');
    expect([error?.code, types('sessionEnded', 'unauthorized')]).toEqual(['session-ended', ['sessionEnded']]);
    expect([tokens.requests, visits, items.size]).toEqual([[first, 'broken'], ['negotiated ann', 'refused 401'], 0]);
  });

  it('tries again later when the end point is down, with the same refresh token', async () => {
    const tokens = serveTokens();
    const source = create(tokens);
    await source.signIn(ann);
    tokens.broken = () => new Response('', { status: 503 });
    await expect(source.getToken(force('access-1-of-ann'))).rejects.toMatchObject({
      code: 'token-unavailable',
      status: 503,
      retryable: true,
    });
    tokens.broken = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(source.getToken(force('access-1-of-ann'))).rejects.toMatchObject({ code: 'token-unavailable' });
    tokens.broken = () => Response.json({ hello: 'world' });
    await expect(source.getToken(force('access-1-of-ann'))).rejects.toMatchObject({ code: 'token-unavailable' });
    tokens.broken = null;
    expect(await source.getToken(force('access-1-of-ann'))).toMatchObject({ token: 'access-2-of-ann' });
  });

  it('forgets a renewal that was overtaken by a sign-out, or by another sign-in', async () => {
    const tokens = serveTokens();
    const source = create(tokens);
    await source.signIn(ann);
    const release = holdBack(tokens);
    const late = source.getToken(force('access-1-of-ann'));
    await source.signOut();
    release();
    await expect(late).rejects.toMatchObject({ code: 'closed' });
    expect(await source.getToken(connect)).toBeNull();
  });

  it('the last to sign in counts', async () => {
    const tokens = serveTokens();
    const source = create(tokens);
    const release = holdBack(tokens);
    const overtaken = source.signIn(ann);
    const last = source.signIn(ann);
    release();
    await expect(overtaken).rejects.toMatchObject({ code: 'aborted' });
    await last;
    expect(await source.getToken(connect)).toMatchObject({ token: 'access-2-of-ann' });
  });

  it('has no password and no token in its errors', async () => {
    const tokens = serveTokens();
    const source = create(tokens);
    await source.signIn(ann);
    tokens.broken = () => Promise.reject(new TypeError('Failed to fetch'));
    const errors: Error[] = await Promise.all([
      source.signIn({ username: 'ann', password: 'pass-phrase' }).catch((error) => error),
      source.getToken(force('access-1-of-ann')).catch((error) => error),
    ]);
    const text = errors.map((error) => JSON.stringify([error, error.message, error.stack, error.cause])).join();
    expect(text).toContain('tokens.test');
    expect(text).not.toMatch(/pass-phrase|refresh-1|access-1/);
  });

  it('says which option is wrong', () => {
    const tokens = serveTokens();
    expect(() => create(tokens, 'cookie' as 'memory')).toThrow(expect.objectContaining({ code: 'configuration' }));
  });
});

it('a token end point that takes 45 s is asked once, and not cut off', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const tokens = serveTokens();
  tokens.lifetime = 10;
  const { server } = await serve({ authenticate: tokens.authenticate });
  const { url, ...signalr } = doorsOf(server);
  const source = passwordGrant({ tokenUrl: tokens.tokenUrl });
  await source.signIn(ann);
  await vi.advanceTimersByTimeAsync(20_000);
  tokens.lifetime = 300;
  const release = holdBack(tokens);
  const { hub, types } = createClient(url, { auth: source, signalr });
  const started = hub.start();
  await vi.advanceTimersByTimeAsync(45_000);
  release();
  await vi.advanceTimersByTimeAsync(1_000);
  await started;
  expect([tokens.requests, hub.getSnapshot().status]).toEqual([['password', 'refresh_token'], 'connected']);
  expect(types('tokenRefreshFailed', 'sessionEnded')).toEqual(['tokenRefreshFailed']);
});

it('a token that was over when its answer came is asked for once more, and the hub never sees it', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const tokens = serveTokens();
  tokens.lifetime = 15;
  const { server, visits } = await serve({ authenticate: tokens.authenticate });
  const { url, ...signalr } = doorsOf(server);
  const source = passwordGrant({ tokenUrl: tokens.tokenUrl });
  await source.signIn(ann);
  await vi.advanceTimersByTimeAsync(20_000);
  const release = holdBack(tokens);
  const { hub } = createClient(url, { auth: source, signalr, rotation: 'off' });
  const started = hub.start();
  await vi.advanceTimersByTimeAsync(20_000);
  release();
  await vi.advanceTimersByTimeAsync(100);
  await started;
  expect([tokens.requests, visits]).toEqual([['password', 'refresh_token', 'refresh_token'], ['negotiated ann']]);
});

it('passwordGrant gets on with an OpenID provider that takes passwords and rotates', async () => {
  const oidc = createTestOidc({ user: { sub: 'ann', password: 'correct' }, expiresIn: 1 });
  onTestFinished(() => oidc.dispose());
  const { authority } = await oidc.listen();
  const { url, visits } = await serve({ authenticate: oidc.authenticate });
  const source = passwordGrant({ tokenUrl: `${authority}/token`, clientId: 'app', scope: 'openid offline_access' });
  await expect(source.signIn({ username: 'ann', password: 'wrong' })).rejects.toMatchObject({ code: 'unauthorized' });
  await source.signIn(ann);
  const { hub, types } = createClient(url, { auth: source, rotation: 'off' });
  await hub.start();
  await nextEvent(hub, 'tokenRefreshed');
  await nextEvent(hub, 'tokenRefreshed');
  oidc.revoke('ann');
  await until(hub, ({ status }) => status === 'disconnected');
  expect([types('sessionEnded', 'tokenRefreshFailed', 'unauthorized'), visits]).toEqual([
    ['sessionEnded'],
    ['negotiated ann'],
  ]);
});

it('identityApi asks as MapIdentityApi wants it, also below a prefix', async () => {
  const tokens = serveTokens();
  const source = identityApi({ baseUrl: `${tokens.baseUrl}/` });
  const bob = { username: 'bob', password: 'horse' };
  await expect(source.signIn(bob)).rejects.toMatchObject({ code: 'unauthorized', message: 'RequiresTwoFactor' });
  await source.signIn({ ...bob, twoFactorCode: '123456' });
  expect(JSON.parse(tokens.last.body)).toEqual({ email: 'bob', password: 'horse', twoFactorCode: '123456' });
  expect(await source.getToken(connect)).toMatchObject({ userId: 'bob' });
});

it('passwordGrant sends what RFC 6749 wants, client and scope included', async () => {
  const tokens = serveTokens();
  const source = passwordGrant({ tokenUrl: tokens.tokenUrl, clientId: 'app', scope: 'api offline_access' });
  await source.signIn({ username: 'ann', password: 'wröng & more' }).catch(() => {});
  expect(tokens.last.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
  expect(Object.fromEntries(new URLSearchParams(tokens.last.body))).toEqual({
    grant_type: 'password',
    username: 'ann',
    password: 'wröng & more',
    scope: 'api offline_access',
    client_id: 'app',
  });
});

it('passwordGrant reads OWIN’s answer: who it is, and how long the token lives', async () => {
  const tokens = serveTokens();
  tokens.extra = {
    expires_in: undefined,
    userName: 'Ann Alder',
    '.issued': 'Sun, 22 Nov 2026 10:00:00 GMT',
    '.expires': 'Sun, 22 Nov 2026 10:20:00 GMT',
  };
  const source = passwordGrant({ tokenUrl: tokens.tokenUrl });
  await source.signIn(ann);
  const given = await source.getToken(connect);
  const { expiresAt, userId } = given as { expiresAt: number; userId: string };
  expect([userId, Math.round((expiresAt - Date.now()) / 10_000)]).toEqual(['Ann Alder', 120]);
});

it('passwordGrant keeps a refresh token that the server does not renew', async () => {
  const tokens = serveTokens();
  tokens.refreshTokens = 'lasting';
  const source = passwordGrant({ tokenUrl: tokens.tokenUrl });
  await source.signIn(ann);
  tokens.extra = { refresh_token: undefined };
  await source.getToken(force('access-1-of-ann'));
  expect(await source.getToken(force('access-2-of-ann'))).toMatchObject({ token: 'access-3-of-ann' });
});

it('a wrong client is no end of the session', async () => {
  const tokens = serveTokens();
  const source = passwordGrant({ tokenUrl: tokens.tokenUrl });
  await source.signIn(ann);
  tokens.broken = () => Response.json({ error: 'invalid_client' }, { status: 401 });
  await expect(source.getToken(force('access-1-of-ann'))).rejects.toMatchObject({
    code: 'token-unavailable',
    status: 401,
    message: expect.stringContaining('invalid_client'),
  });
});

it('without a refresh token the session lasts as long as its token', async () => {
  const tokens = serveTokens();
  Object.assign(tokens, { refreshTokens: 'none', lifetime: 0.4 });
  const { server, visits } = await serve({ authenticate: tokens.authenticate });
  const { url, ...at } = doorsOf(server);
  const source = passwordGrant({ tokenUrl: tokens.tokenUrl });
  await source.signIn(ann);
  const { hub, types } = createClient(url, { auth: source, signalr: at });
  await hub.start();
  const { reason } = await nextEvent(hub, 'sessionEnded');
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect([reason, error?.code, visits, tokens.requests]).toEqual([
    'session-ended',
    'session-ended',
    ['negotiated ann'],
    ['password'],
  ]);
  expect(types('tokenRefreshFailed', 'unauthorized')).toEqual([]);
});
