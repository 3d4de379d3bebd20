import { expect, test, vi } from 'vitest';
import { createTestTokens, HubRejection } from '../src/index.ts';
import type { HubUser } from '../src/index.ts';
import { bearer, handshake, inMemory, refusedUpgrade, signalrClient } from './support/clients.ts';
import { listeningHub, testHub } from './support/hub.ts';

const challenge = (token: Promise<HubUser>): Promise<unknown> =>
  token.then(
    () => 'accepted',
    (error: HubRejection) => error.headers['WWW-Authenticate'],
  );

test('takes the token from the header and from the query, and shows methods who calls', async () => {
  const tokens = createTestTokens();
  const { hub, url } = await listeningHub({
    authenticate: tokens.authenticate,
    methods: { Me: (call) => [call.userId, call.user?.name, call.user?.roles] },
  });
  const token = await tokens.issue({ sub: 'ann', name: 'Ann', roles: ['staff'] });
  const client = signalrClient(url, bearer(token));
  await client.start();
  expect(await client.invoke('Me')).toEqual(['ann', 'Ann', ['staff']]);
  await client.stop();
  const query = await inMemory(hub, { url: `/hub?access_token=${token}` });
  const connected = hub.waitFor('connected');
  query.send(handshake);
  expect((await connected).client.userId).toBe('ann');
});

test('refuses visitors with a challenge, on negotiate and on the upgrade', async () => {
  const { hub, url } = await listeningHub({ authenticate: () => null });
  const refused: unknown[] = [];
  hub.on('refused', (refusal) => refused.push(refusal));
  const response = await fetch(`${url}/negotiate?negotiateVersion=1`, { method: 'POST' });
  expect([response.status, response.headers.get('www-authenticate'), await response.text()]).toEqual([
    401,
    'Bearer',
    '',
  ]);
  expect(await refusedUpgrade(url)).toEqual({ status: 401, challenge: 'Bearer' });
  expect(await refusedUpgrade(`${url}?access_token=bad`)).toEqual({
    status: 401,
    challenge: 'Bearer error="invalid_token"',
  });
  expect(refused).toEqual([
    { on: 'negotiate', status: 401 },
    { on: 'upgrade', status: 401 },
    { on: 'upgrade', status: 401 },
  ]);
});

test('lets visitors in where they are welcome, and still refuses what authenticate refuses', async () => {
  const { url } = await listeningHub({
    anonymous: true,
    authenticate: ({ token }) => {
      if (token) throw new HubRejection(403, { headers: { 'X-Why': 'banned' }, body: 'no' });
      return null;
    },
    methods: { Me: (call) => call.user },
  });
  const visitor = signalrClient(url);
  await visitor.start();
  expect(await visitor.invoke('Me')).toBeNull();
  await visitor.stop();
  const response = await fetch(`${url}/negotiate?access_token=x`, { method: 'POST' });
  expect([response.status, response.headers.get('x-why'), await response.text()]).toEqual([403, 'banned', 'no']);
});

test('asks roles, and functions with the caller', async () => {
  const hub = testHub({
    authenticate: ({ token }) => ({ userId: token ?? '', roles: token === 'ann' ? ['staff'] : [] }),
    methods: { Staff: () => 'ok', Bob: () => 'ok' },
    authorize: { Staff: { roles: ['staff', 'boss'] }, Bob: (call) => call.userId === 'bob' },
  });
  const answers: Record<string, unknown> = {};
  for (const user of ['ann', 'bob']) {
    const client = await inMemory(hub, { headers: { Authorization: `Bearer ${user}` } });
    client.send(handshake);
    for (const target of ['Staff', 'Bob']) client.send({ type: 1, invocationId: target, target, arguments: [] });
    answers[user] = (await client.until(3)).slice(1).map((answer) => JSON.parse(answer).result ?? 'refused');
  }
  expect(answers).toEqual({ ann: ['ok', 'refused'], bob: ['refused', 'ok'] });
});

test('closes at expiry, and the client may come back', async () => {
  vi.useFakeTimers();
  try {
    const tokens = createTestTokens();
    const hub = testHub({ authenticate: tokens.authenticate, closeOnAuthenticationExpiration: true });
    const client = await inMemory(hub, {
      url: `/hub?access_token=${await tokens.issue({ sub: 'ann', expiresIn: 3 })}`,
    });
    client.send(handshake);
    await vi.advanceTimersByTimeAsync(2_900);
    expect(client.log).toEqual(['{}']);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(client.log).toEqual(['{}', '{"type":7,"allowReconnect":true}', 'closed 1000']);
  } finally {
    vi.useRealTimers();
  }
});

test('leaves expired connections alone unless told to close them', async () => {
  vi.useFakeTimers();
  try {
    const tokens = createTestTokens();
    const hub = testHub({ authenticate: tokens.authenticate });
    const client = await inMemory(hub, {
      url: `/hub?access_token=${await tokens.issue({ sub: 'ann', expiresIn: 3 })}`,
    });
    client.send(handshake);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.log).toEqual(['{}']);
  } finally {
    vi.useRealTimers();
  }
});

test('refuses tokens that are expired, revoked, forged or no tokens', async () => {
  const tokens = createTestTokens();
  const good = await tokens.issue({ sub: 'ann' });
  const single = await tokens.issue({ sub: 'ann' });
  const bobs = await tokens.issue({ sub: 'bob' });
  tokens.revoke(single);
  tokens.revoke({ sub: 'bob' });
  const expired = await tokens.issue({ sub: 'ann', expiresIn: -60 });
  const [header, payload, signature] = good.split('.');
  const [, other] = bobs.split('.');
  expect(await challenge(tokens.verify(good))).toBe('accepted');
  expect(await challenge(tokens.verify(await tokens.issue({ sub: 'bob' })))).toBe('accepted');
  expect(await challenge(tokens.verify(single))).toBe(
    'Bearer error="invalid_token", error_description="The token was revoked"',
  );
  expect(await challenge(tokens.verify(bobs))).toBe(
    'Bearer error="invalid_token", error_description="The token was revoked"',
  );
  expect(await challenge(tokens.verify(`${header}.${other}.${signature}`))).toBe(
    'Bearer error="invalid_token", error_description="The signature key was not found"',
  );
  expect(await challenge(tokens.verify(expired))).toMatch(
    /^Bearer error="invalid_token", error_description="The token expired at '\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d'"$/,
  );
  for (const bad of ['', 'x', 'a.b.c', `${header}.${payload}`, `${good}.more`]) {
    expect(await challenge(tokens.verify(bad))).toMatch(/^Bearer error="invalid_token"/);
  }
});

test('answers the method that expires its caller, if it waits for nothing', async () => {
  const hub = testHub({
    authenticate: ({ token }) => ({ userId: token ?? '' }),
    methods: { Leave: () => void hub.expire('ann') },
  });
  const client = await inMemory(hub, { url: '/hub?access_token=ann' });
  client.send(handshake, { type: 1, invocationId: '1', target: 'Leave', arguments: [] });
  expect(await client.until(4)).toEqual([
    '{}',
    '{"type":3,"invocationId":"1","result":null}',
    '{"type":7,"allowReconnect":true}',
    'closed 1000',
  ]);
});
