import { SessionEndedError, tokenFrom } from '@org/hub-core';
import type { Credentials, TokenRequest } from '@org/hub-core';
import { createTestTokens } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { createClient, nextEvent, serve, until } from './hub.ts';

const tokens = createTestTokens();
const { authenticate } = tokens;

it('reads who it is and when it expires from a JWT', async () => {
  const { url, visits } = await serve({ authenticate });
  const { hub } = createClient(url, { auth: tokenFrom(() => tokens.issue({ sub: 'ann', expiresIn: 300 })) });
  await hub.start();
  const { userId, tokenExpiresAt, auth } = hub.getSnapshot();
  expect([userId, auth, visits]).toEqual(['ann', 'authenticated', ['negotiated ann']]);
  expect(Math.abs(tokenExpiresAt! - (Date.now() + 300_000))).toBeLessThan(5_000);
});

it('reads names that are not ASCII, and lets what the app says outrank the JWT', async () => {
  const { url } = await serve({ authenticate });
  const token = await tokens.issue({ sub: 'Zoë Ünlü', expiresIn: 300 });
  const first = createClient(url, { auth: tokenFrom(token) }).hub;
  await first.start();
  expect(first.getSnapshot().userId).toBe('Zoë Ünlü');
  const expiresAt = Date.now() + 60_000;
  const second = createClient(url, { auth: tokenFrom(() => ({ token, userId: '42', expiresAt })) }).hub;
  await second.start();
  expect(second.getSnapshot()).toMatchObject({ userId: '42', tokenExpiresAt: expiresAt });
});

it('takes an opaque token, of which nothing is known', async () => {
  const { url } = await serve();
  const { hub } = createClient(url, { auth: tokenFrom('opaque.but-with.dots') });
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ auth: 'authenticated', userId: null, tokenExpiresAt: null });
});

it('asks once for all clients of one source', async () => {
  const { url } = await serve({ authenticate });
  const asked: TokenRequest[] = [];
  const auth = tokenFrom((request) => (asked.push(request), tokens.issue({ sub: 'ann' })));
  const clients = [1, 2, 3].map(() => createClient(url, { auth }).hub);
  await Promise.all(clients.map((hub) => hub.start()));
  expect(asked).toEqual([{ reason: 'connect', force: false, attempt: 0 }]);
});

it('asks again, by force, for a token that has expired already', async () => {
  const { url } = await serve({ authenticate });
  const asked: TokenRequest[] = [];
  const old = await tokens.issue({ sub: 'ann', expiresIn: -10 });
  const auth = tokenFrom((request) => (asked.push(request), request.force ? tokens.issue({ sub: 'ann' }) : old));
  const { hub } = createClient(url, { auth });
  await hub.start();
  expect(asked).toMatchObject([{ force: false }, { force: true, rejected: old }]);
});

it('renews ahead of expiry, keeps the connection, and says so', async () => {
  const { url, visits } = await serve({ authenticate });
  const lifetimes = [1, 300];
  const asked: TokenRequest['reason'][] = [];
  const auth = tokenFrom(
    ({ reason }) => (asked.push(reason), tokens.issue({ sub: 'ann', expiresIn: lifetimes.shift()! })),
  );
  const { hub, types } = createClient(url, { auth, rotation: 'off' });
  await hub.start();
  const before = hub.getSnapshot();
  const { expiresAt } = await nextEvent(hub, 'tokenRefreshed');
  const { tokenExpiresAt, connectionId, gaps } = hub.getSnapshot();
  expect([asked, visits.length, connectionId, gaps]).toEqual([['connect', 'expiring'], 1, before.connectionId, 0]);
  expect([tokenExpiresAt, expiresAt! > before.tokenExpiresAt!]).toEqual([expiresAt, true]);
  expect(types('tokenExpiring', 'tokenRefreshed', 'tokenExpired')).toEqual(['tokenExpiring', 'tokenRefreshed']);
});

it('retries a source that throws, with back-off, and never signs out', async () => {
  const { url, visits } = await serve({ authenticate });
  const attempts: number[] = [];
  const auth = tokenFrom(({ attempt }) => {
    attempts.push(attempt);
    if (attempts.length <= 2) throw new Error('The token end point is down.');
    return tokens.issue({ sub: 'ann' });
  });
  const { hub, events, types } = createClient(url, { auth });
  await hub.start();
  expect([attempts, visits]).toEqual([[0, 1, 2], ['negotiated ann']]);
  expect(types('tokenRefreshFailed', 'sessionEnded')).toEqual(['tokenRefreshFailed', 'tokenRefreshFailed']);
  expect(events.find(({ type }) => type === 'tokenRefreshFailed')).toMatchObject({
    error: { code: 'token-unavailable', retryable: true, cause: { message: 'The token end point is down.' } },
    retryAt: expect.any(Number),
  });
});

it('keeps the connection and its token when a renewal fails', async () => {
  const { server, url, visits } = await serve({ authenticate });
  let asked = 0;
  const auth = tokenFrom(() => {
    if (++asked > 1) throw new Error('The token end point is down.');
    return tokens.issue({ sub: 'ann', expiresIn: 3 });
  });
  const { hub } = createClient(url, { auth, rotation: 'off' });
  await hub.start();
  await nextEvent(hub, 'tokenRefreshFailed');
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', auth: 'authenticated' });
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(visits).toEqual(['negotiated ann', 'negotiated ann']);
});

it('stops with `session-ended` when the source says so, once, and asks nobody any more', async () => {
  const { server, url, visits } = await serve({ authenticate });
  let ended = false;
  const auth = tokenFrom(() => {
    if (ended) throw new SessionEndedError('You were signed out by an administrator.');
    return tokens.issue({ sub: 'ann' });
  });
  const { hub, types } = createClient(url, { auth });
  await hub.start();
  ended = true;
  tokens.revoke({ sub: 'ann' });
  server.drop();
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect(error).toMatchObject({
    name: 'SessionEndedError',
    code: 'session-ended',
    message: 'You were signed out by an administrator.',
  });
  expect([types('sessionEnded', 'unauthorized'), visits]).toEqual([
    ['sessionEnded'],
    ['negotiated ann', 'refused 401'],
  ]);
});

it('rejects start() with `session-ended`', async () => {
  const { url, visits } = await serve({ authenticate });
  const auth = tokenFrom(() => Promise.reject(new SessionEndedError()));
  const { hub, types } = createClient(url, { auth });
  await expect(hub.start()).rejects.toMatchObject({ code: 'session-ended', retryable: false });
  // Nobody was signed in as far as this client knew.
  expect([visits, types('sessionEnded')]).toEqual([[], []]);
});

it('stops with `unauthorized` when the refused token comes again, without a loop', async () => {
  const { url, visits } = await serve({ authenticate });
  const foreign = await createTestTokens().issue({ sub: 'ann' });
  const asked: Partial<TokenRequest>[] = [];
  const auth = tokenFrom(({ reason, rejected }) => (asked.push({ reason, rejected: rejected! }), foreign));
  const { hub, types } = createClient(url, { auth });
  await expect(hub.start()).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
  expect(visits).toEqual(['refused 401']);
  expect(asked).toEqual([
    { reason: 'connect', rejected: undefined },
    { reason: 'rejected', rejected: foreign },
  ]);
  expect(types('unauthorized')).toEqual(['unauthorized']);
});

it.each<[string, unknown]>([
  ['a number', 42],
  ['an empty string', ''],
  ['a token with a line break', 'abc\ndef'],
  ['an object without a token', { access_token: 'abc' }],
])('says what is wrong with %s for a token', async (_, given) => {
  const { url, visits } = await serve();
  const { hub } = createClient(url, { auth: tokenFrom(() => given as Credentials) });
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  const { error } = await until(hub, (snapshot) => snapshot.error !== null);
  expect(error).toMatchObject({
    code: 'token-unavailable',
    message: expect.stringContaining('neither a token nor null'),
  });
  await hub.stop();
  await outcome;
  expect(visits).toEqual([]);
});

it('carries cookies and their headers on the negotiate', async () => {
  const seen: (string | undefined)[] = [];
  const { url } = await serve({
    authenticate: ({ headers, token }) => (seen.push(headers['x-csrf']), token === null ? { userId: 'ann' } : null),
  });
  const { hub } = createClient(url, {
    auth: tokenFrom(() => ({ cookie: true, headers: { 'X-CSRF': '1' }, userId: 'ann' })),
  });
  await hub.start();
  expect([seen[0], hub.getSnapshot().userId]).toEqual(['1', 'ann']);
});

it('asks a source for one token at a time, also after a stop', async () => {
  const { url } = await serve();
  let running = 0;
  let most = 0;
  const auth = tokenFrom(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return 'a-token';
  });
  const { hub } = createClient(url, { auth });
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await hub.stop();
  await hub.start();
  await outcome;
  expect(most).toBe(1);
});

it('takes null at a renewal for a sign-out', async () => {
  const { url, visits } = await serve();
  const answers = [{ token: 'a-token', userId: 'ann', expiresAt: Date.now() + 200 }];
  const { hub, events } = createClient(url, { auth: tokenFrom(() => answers.shift() ?? null) });
  await hub.start();
  await until(hub, ({ status }) => status === 'disconnected');
  expect(hub.getSnapshot()).toMatchObject({ auth: 'signed-out', userId: null, tokenExpiresAt: null, error: null });
  expect(events.filter(({ type }) => type === 'sessionEnded')).toEqual([
    { type: 'sessionEnded', reason: 'signed-out' },
  ]);
  expect(visits.length).toBe(1);
});

it('changes the user while a link is being opened', async () => {
  const { url, visits } = await serve({ authenticate });
  const answers = [
    { token: await tokens.issue({ sub: 'ann' }), userId: 'ann', expiresAt: Date.now() + 400 },
    { token: await tokens.issue({ sub: 'bob' }), userId: 'bob' },
  ];
  const prepared: string[] = [];
  const { hub } = createClient(url, {
    auth: tokenFrom(() => answers.shift()!),
    prepare: () => (prepared.push('link') === 1 ? new Promise(() => {}) : Promise.resolve()),
  });
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'bob', gaps: 0 });
  expect(visits).toEqual(['negotiated ann', 'negotiated bob']);
});
