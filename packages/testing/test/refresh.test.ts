import { expect, test, vi } from 'vitest';
import { createTestTokens, HubRejection } from '../src/index.ts';
import type { AnyHubContract, HubUser, TestHub, TestHubOptions } from '../src/index.ts';
import { handshake, inMemory, textOf } from './support/clients.ts';
import { listeningHub, testHub } from './support/hub.ts';

interface Answer {
  status: number;
  body: Record<string, unknown> | null;
  headers: Record<string, string>;
}

async function ask(
  hub: TestHub<AnyHubContract>,
  url: string,
  token?: string,
  method = 'POST',
): Promise<Answer | 'nothing listens'> {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await hub.handleRequest({ method, url, headers });
  if (!response) return 'nothing listens';
  const body = await textOf(response);
  return {
    status: response.status,
    body: body === '' ? null : (JSON.parse(body) as Record<string, unknown>),
    headers: response.headers,
  };
}

async function negotiated(hub: TestHub<AnyHubContract>, token: string, version = 1): Promise<Record<string, string>> {
  const answer = await ask(hub, `/hub/negotiate?negotiateVersion=${version}`, token);
  return (answer as { body: Record<string, string> }).body;
}

/** A connection of ann's, and what renews it. */
async function connected(
  options: TestHubOptions<AnyHubContract> = {},
  claims: { expiresIn?: number; roles?: string[] } = {},
) {
  const tokens = createTestTokens();
  const hub = testHub({ authenticate: tokens.authenticate, enableAuthenticationRefresh: true, ...options });
  const first = await tokens.issue({ sub: 'ann', ...claims });
  const { connectionToken = '', connectionId = '' } = await negotiated(hub, first);
  const client = await inMemory(hub, { url: `/hub?id=${connectionToken}&access_token=${first}` });
  client.send(handshake);
  await client.until(1);
  const refresh = (token?: string) => ask(hub, `/hub/refresh?id=${connectionToken}`, token);
  return { tokens, hub, client, connectionToken, connectionId, refresh };
}

const code = (answer: Answer | 'nothing listens'): unknown =>
  answer === 'nothing listens' ? answer : [answer.status, answer.body?.error];

const call = (target: string) => ({ type: 1, invocationId: '1', target, arguments: [] });

test('renews user and expiry of a connection that stays, with its groups', async () => {
  const { hub, tokens, client, refresh, connectionId } = await connected(
    {
      methods: { Me: ({ user }) => user?.roles, Staff: () => 'ok' },
      authorize: { Staff: { roles: ['staff'] } },
      onConnected: ({ groups }) => groups.add('lobby'),
    },
    { roles: [] },
  );
  client.send(call('Staff'));
  await client.until(2);
  const refreshed = hub.waitFor('refreshed');
  expect(await refresh(await tokens.issue({ sub: 'ann', roles: ['staff'], expiresIn: 400.5 }))).toEqual({
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: {
      connectionId,
      refreshedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      tokenLifetimeSeconds: 400,
    },
  });
  client.send(call('Staff'), call('Me'));
  expect(await client.until(4)).toEqual([
    '{}',
    '{"type":3,"invocationId":"1","error":"Failed to invoke \'Staff\' because user is unauthorized"}',
    '{"type":3,"invocationId":"1","result":"ok"}',
    '{"type":3,"invocationId":"1","result":["staff"]}',
  ]);
  const [connection] = hub.connections();
  expect((await refreshed).client).toBe(connection);
  expect([connection?.id, connection?.userId, [...connection!.groups]]).toEqual([connectionId, 'ann', ['lobby']]);
});

test('tells in negotiate how long the token lives, where it is on and the token has an end', async () => {
  const user: HubUser = { userId: 'ann' };
  const lifetime = async (options: TestHubOptions<AnyHubContract>, version = 1): Promise<unknown> => {
    const hub = testHub({ enableAuthenticationRefresh: true, ...options });
    return (await negotiated(hub, 'any', version)).tokenLifetimeSeconds;
  };
  const expiring = (ms: number) => ({ authenticate: () => ({ ...user, expiresAt: Date.now() + ms }) });
  expect(await lifetime(expiring(60_900))).toBe(60);
  expect(await lifetime(expiring(1e15))).toBe(2_147_483_647);
  expect(await lifetime(expiring(60_000), 0)).toBeUndefined();
  expect(await lifetime({ ...expiring(60_000), enableAuthenticationRefresh: false })).toBeUndefined();
  expect(await lifetime({ authenticate: () => user })).toBeUndefined();
  expect(await lifetime({ authenticate: () => user, anonymous: true })).toBeUndefined();
});

test('moves the expiry: the connection is closed at the new one', async () => {
  vi.useFakeTimers();
  try {
    const { tokens, client, refresh } = await connected({ closeOnAuthenticationExpiration: true }, { expiresIn: 5 });
    await vi.advanceTimersByTimeAsync(4_000);
    await refresh(await tokens.issue({ sub: 'ann', expiresIn: 10 }));
    await vi.advanceTimersByTimeAsync(9_500);
    expect(client.log).toEqual(['{}']);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(client.log).toEqual(['{}', '{"type":7,"allowReconnect":true}', 'closed 1000']);
  } finally {
    vi.useRealTimers();
  }
});

test('keeps the newer token of two that overtook one another', async () => {
  const { hub, tokens, refresh } = await connected({}, { roles: ['first'] });
  const older = await tokens.issue({ sub: 'ann', roles: ['older'], expiresIn: 400 });
  const newer = await tokens.issue({ sub: 'ann', roles: ['newer'], expiresIn: 500 });
  expect([code(await refresh(newer)), code(await refresh(older))]).toEqual([
    [200, undefined],
    [200, undefined],
  ]);
  expect(hub.connections()[0]?.user?.roles).toEqual(['newer']);
});

test('leaves a method that runs the user that it started with', async () => {
  let resume: () => void = () => undefined;
  const { hub, tokens, client, refresh } = await connected(
    {
      methods: {
        async Slow(context) {
          await new Promise<void>((resolve) => (resume = resolve));
          return context.user?.roles;
        },
      },
    },
    { roles: ['old'] },
  );
  const started = hub.waitFor('invoked');
  client.send(call('Slow'));
  await started;
  await refresh(await tokens.issue({ sub: 'ann', roles: ['new'] }));
  resume();
  expect((await client.until(2))[1]).toBe('{"type":3,"invocationId":"1","result":["old"]}');
});

test('refuses with a code, and leaves the connection as it was', async () => {
  const { hub, tokens, refresh, connectionToken, connectionId } = await connected(
    { onAuthenticationRefresh: ({ newUser }) => !newUser.roles?.includes('boss') },
    { roles: ['first'] },
  );
  const refused: unknown[] = [];
  hub.on('refused', (refusal) => refused.push(refusal));
  const good = await tokens.issue({ sub: 'ann' });
  expect(code(await ask(hub, '/hub/refresh', good))).toEqual([400, 'missing_connection_token']);
  expect(code(await ask(hub, '/hub/refresh?id=', good))).toEqual([400, 'missing_connection_token']);
  expect(code(await ask(hub, '/hub/refresh?id=unknown', good))).toEqual([404, 'connection_not_found']);
  expect(code(await ask(hub, `/hub/refresh?id=${connectionId}`, good))).toEqual([404, 'connection_not_found']);
  expect(code(await refresh())).toEqual([401, 'invalid_token']);
  expect(code(await refresh('garbage'))).toEqual([401, 'invalid_token']);
  expect(await refresh(await tokens.issue({ sub: 'ann', expiresIn: -60 }))).toEqual({
    status: 401,
    headers: {
      'Content-Type': 'application/json',
      'WWW-Authenticate': expect.stringContaining('error="invalid_token"') as string,
    },
    body: { error: 'invalid_token', error_description: expect.stringContaining('The token expired at') as string },
  });
  expect(code(await refresh(await tokens.issue({ sub: 'bob' })))).toEqual([403, 'user_changed']);
  expect(code(await refresh(await tokens.issue({ sub: 'ann', roles: ['boss'] })))).toEqual([
    403,
    'permission_change_rejected',
  ]);
  expect(hub.connections()[0]?.user?.roles).toEqual(['first']);
  expect(refused).toEqual([400, 400, 404, 404, 401, 401, 401, 403, 403].map((status) => ({ on: 'refresh', status })));
  expect(await ask(hub, `/hub/refresh?id=${connectionToken}`, good, 'GET')).toEqual({
    status: 405,
    headers: { 'Content-Type': 'text/plain' },
    body: null,
  });
});

test('answers 404 where it is off, and after the end of the connection', async () => {
  const off = await connected({ enableAuthenticationRefresh: false });
  expect(code(await off.refresh(await off.tokens.issue({ sub: 'ann' })))).toEqual([404, 'refresh_disabled']);
  const { hub, tokens, client, refresh } = await connected();
  const ended = hub.waitFor('disconnected');
  client.close(1000);
  await ended;
  expect(code(await refresh(await tokens.issue({ sub: 'ann' })))).toEqual([404, 'connection_not_found']);
});

test('needs a token that only the client knows: none of version 0', async () => {
  const tokens = createTestTokens();
  const hub = testHub({ authenticate: tokens.authenticate, enableAuthenticationRefresh: true });
  const token = await tokens.issue({ sub: 'ann' });
  const { connectionId } = await negotiated(hub, token, 0);
  expect(code(await ask(hub, `/hub/refresh?id=${connectionId}`, token))).toEqual([
    400,
    'unsupported_negotiate_version',
  ]);
});

test('passes before the connection is opened', async () => {
  const tokens = createTestTokens();
  const hub = testHub({ authenticate: tokens.authenticate, enableAuthenticationRefresh: true });
  const token = await tokens.issue({ sub: 'ann' });
  const { connectionToken } = await negotiated(hub, token);
  expect(code(await ask(hub, `/hub/refresh?id=${connectionToken}`, token))).toEqual([200, undefined]);
});

test('says 403 where the new token does not give access any more, and renews no visitor', async () => {
  const tokens = createTestTokens();
  const hub = testHub({
    anonymous: true,
    enableAuthenticationRefresh: true,
    async authenticate(request) {
      const user = await tokens.authenticate(request);
      if (user?.roles?.length === 0) throw new HubRejection(403);
      return user;
    },
  });
  const { connectionToken } = await negotiated(hub, await tokens.issue({ sub: 'ann' }));
  const url = `/hub/refresh?id=${connectionToken}`;
  expect(code(await ask(hub, url, await tokens.issue({ sub: 'ann', roles: [] })))).toEqual([
    403,
    'permission_change_rejected',
  ]);
  expect(code(await ask(hub, url))).toEqual([401, 'invalid_token']);
});

test('can be told to refuse, to be gone and to freeze', async () => {
  const { hub, tokens, refresh } = await connected();
  const token = await tokens.issue({ sub: 'ann' });
  hub.reject(503, { on: 'refresh', times: 1 });
  expect([code(await refresh(token)), code(await refresh(token))]).toEqual([
    [503, undefined],
    [200, undefined],
  ]);
  hub.freeze();
  let answered = false;
  const frozen = refresh(token).finally(() => (answered = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  hub.thaw();
  expect(code(await frozen)).toEqual([200, undefined]);
  void hub.restart({ downFor: 60_000 });
  expect(await refresh(token)).toBe('nothing listens');
});

test('tells the hub, whose failure is its own', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const told: unknown[] = [];
  const { tokens, refresh } = await connected({
    onAuthenticationRefreshed(context) {
      told.push(context.user?.roles);
      throw new Error('mine');
    },
  });
  expect(code(await refresh(await tokens.issue({ sub: 'ann', roles: ['new'] })))).toEqual([200, undefined]);
  expect(told).toEqual([['new']]);
  await vi.waitFor(() => expect(error).toHaveBeenCalledOnce());
  error.mockRestore();
});

test('is found on a port', async () => {
  const tokens = createTestTokens();
  const { url } = await listeningHub({ authenticate: tokens.authenticate, enableAuthenticationRefresh: true });
  const headers = { Authorization: `Bearer ${await tokens.issue({ sub: 'ann' })}` };
  const negotiation = await fetch(`${url}/negotiate?negotiateVersion=1`, { method: 'POST', headers });
  const { connectionToken } = (await negotiation.json()) as { connectionToken: string };
  const response = await fetch(`${url}/refresh?id=${connectionToken}`, { method: 'POST', headers });
  expect([response.status, Object.keys((await response.json()) as object)]).toEqual([
    200,
    ['connectionId', 'refreshedAt', 'tokenLifetimeSeconds'],
  ]);
});

test('takes the newer token of a poll for a refresh, and ends the connection that may not have it', async () => {
  const tokens = createTestTokens();
  // One after the other: the check of a signature is not always as fast, and a poll that overtakes another takes its place.
  let checked: Promise<unknown> = Promise.resolve();
  const hub = testHub({
    authenticate(request) {
      const user = checked.then(() => tokens.authenticate(request));
      checked = user.catch(() => null);
      return user;
    },
    enableAuthenticationRefresh: true,
    onAuthenticationRefresh: ({ newUser }) => !newUser.roles?.includes('boss'),
  });
  const first = await tokens.issue({ sub: 'ann', roles: ['first'] });
  const { connectionToken } = await negotiated(hub, first);
  const request = (method: string, token: string, body = '') =>
    hub.handleRequest({
      method,
      url: `/hub?id=${connectionToken}`,
      headers: { Authorization: `Bearer ${token}` },
      body,
    });
  await request('GET', first);
  await request('POST', first, `${JSON.stringify(handshake)}\x1e`);
  await request('GET', first);
  const events: unknown[] = [];
  hub.on('refreshed', ({ client }) => events.push(client.user?.roles));
  const polling = request('GET', first);
  const refreshed = hub.waitFor('refreshed');
  const replaced = request('GET', await tokens.issue({ sub: 'ann', roles: ['second'] }));
  await refreshed;
  await polling;
  // An older one is that of a poll that was late.
  const stale = request('GET', first);
  await replaced;
  expect(hub.connections()[0]?.user?.roles).toEqual(['second']);
  const disconnected = hub.waitFor('disconnected');
  const refusal = await request('GET', await tokens.issue({ sub: 'ann', roles: ['boss'], expiresIn: 900 }));
  expect([refusal?.status, JSON.parse(await textOf(refusal)).error]).toEqual([403, 'permission_change_rejected']);
  await disconnected;
  await stale;
  expect(events).toEqual([['second']]);
});

test('answers 500 where the hub fails to decide, and leaves the connection as it was', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { hub, tokens, refresh } = await connected(
    {
      onAuthenticationRefresh() {
        throw new Error('mine');
      },
    },
    { roles: ['first'] },
  );
  expect(code(await refresh(await tokens.issue({ sub: 'ann', roles: ['new'] })))).toEqual([500, undefined]);
  expect([hub.connections()[0]?.user?.roles, error.mock.calls.length]).toEqual([['first'], 1]);
  error.mockRestore();
});
