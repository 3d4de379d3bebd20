import { tokenFrom, type TokenRequest } from '@org/hub-core';
import { type AnyHubContract, createTestTokens, type TestHubOptions } from '@org/hub-testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, createDeferred, nextEvent, serve, until } from './hub.ts';
import { doorsOf } from './token-server.ts';

const tokens = createTestTokens();
const { authenticate } = tokens;

const renewable: TestHubOptions<AnyHubContract> = {
  authenticate,
  closeOnAuthenticationExpiration: true,
  enableAuthenticationRefresh: true,
  heartbeatInterval: 50,
};

/** A hub without a port. */
async function served(options: TestHubOptions<AnyHubContract> = renewable) {
  const { url: port, ...rest } = await serve(options);
  const { url, ...signalr } = doorsOf(rest.server);
  return { ...rest, port, url, signalr };
}

/** Each token lives for the next of these seconds, the last one for ever after. */
function lasting(...lifetimes: number[]) {
  const asked: TokenRequest[] = [];
  const auth = tokenFrom((request) => {
    asked.push(request);
    return tokens.issue({ sub: 'ann', expiresIn: lifetimes.length > 1 ? lifetimes.shift()! : lifetimes[0]! });
  });
  return { auth, asked };
}

describe('a verdict', () => {
  test('that was lifted by a later rotation does not end the connection', async () => {
    const { url, server, signalr } = await served();
    const { auth } = lasting(3, 3, 3, 60);
    const { hub, types } = createClient(url, { auth, rotation: 'refresh', signalr });
    await hub.start();
    const { connectionId, tokenExpiresAt } = hub.getSnapshot();
    const lift = server.reject(401, { on: 'refresh' });
    await expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'unauthorized' });
    lift();
    await hub.refreshAuthentication();
    await vi.waitUntil(() => Date.now() > tokenExpiresAt! + 300, { timeout: 5_000 });
    expect(await hub.invoke('Echo', 1)).toBe(1);
    expect(hub.getSnapshot()).toMatchObject({ connectionId, error: null, gaps: 0 });
    expect(types('unauthorized', 'reconnecting')).toEqual([]);
  });

  test('becomes the client’s when its connection is lost, without another request', async () => {
    const { url, server, signalr, visits } = await served();
    const { auth, asked } = lasting(60);
    const { hub, types } = createClient(url, { auth, rotation: 'overlap', signalr });
    await hub.start();
    server.reject(401);
    await expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await hub.invoke('Echo', 1)).toBe(1);
    server.drop();
    const { error } = await until(hub, ({ status }) => status === 'disconnected');
    expect(error).toMatchObject({ code: 'unauthorized', status: 401 });
    expect([visits, asked.length, types('unauthorized')]).toEqual([
      ['negotiated ann', 'refused 401', 'refused 401'],
      3,
      ['unauthorized'],
    ]);
  });

  test('is none where the time of the refused token is over by then: another is asked for', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    // On the same clock the hub waits for the client's pings.
    const { url, server, signalr, visits } = await served({ ...renewable, clientTimeoutInterval: 600_000 });
    const { auth, asked } = lasting(600, 15);
    const fetch: typeof signalr.fetch = async (...request) => {
      const answer = await signalr.fetch(...request);
      if (answer.status === 401) vi.setSystemTime(Date.now() + 20_000);
      return answer;
    };
    const { hub, types } = createClient(url, { auth, rotation: 'overlap', signalr: { ...signalr, fetch } });
    await hub.start();
    server.reject(401, { times: 3 });
    await hub.refreshAuthentication();
    expect([visits, asked.length]).toEqual([
      ['negotiated ann', ...Array<string>(3).fill('refused 401'), 'negotiated ann'],
      5,
    ]);
    expect(types('unauthorized', 'reconnecting')).toEqual([]);
  });

  test('needs no second try where the refresh gives the refused token again', async () => {
    const { url, server, signalr, visits } = await served();
    const token = await tokens.issue({ sub: 'ann' });
    const other = await tokens.issue({ sub: 'ann' });
    let asked = 0;
    const { hub } = createClient(url, {
      auth: tokenFrom(() => (++asked === 1 ? token : other)),
      rotation: 'overlap',
      signalr,
    });
    await hub.start();
    server.reject(401);
    await expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'unauthorized' });
    expect([visits, asked]).toEqual([['negotiated ann', 'refused 401'], 3]);
  });
});

describe('a source', () => {
  test('that fails in the middle of a rotation is asked again', async () => {
    const { url, server, signalr, visits } = await served();
    let asked = 0;
    const auth = tokenFrom(() => {
      if (++asked === 3) throw new Error('The token end point is down.');
      return tokens.issue({ sub: 'ann' });
    });
    const { hub, types } = createClient(url, { auth, rotation: 'overlap', signalr });
    await hub.start();
    server.reject(401, { times: 1 });
    await hub.refreshAuthentication();
    expect([asked, visits]).toEqual([4, ['negotiated ann', 'refused 401', 'negotiated ann']]);
    expect(types('tokenRefreshFailed', 'rotated', 'reconnecting')).toEqual(['tokenRefreshFailed', 'rotated']);
    expect(hub.getSnapshot().gaps).toBe(0);
  });

  test('is not asked for a client that was stopped while another one lives on it', async () => {
    const late = createDeferred();
    const { url, signalr } = await served({ authenticate });
    let asked = 0;
    const auth = tokenFrom(async () => {
      asked += 1;
      if (asked === 2) await late.promise;
      return tokens.issue({ sub: 'ann', expiresIn: asked < 3 ? 1 : 60 });
    });
    const one = createClient(url, { auth, rotation: 'off', signalr });
    const other = createClient(url, { auth, rotation: 'off', signalr });
    await one.hub.start();
    await other.hub.start();
    await Promise.all([nextEvent(one.hub, 'tokenExpiring'), nextEvent(other.hub, 'tokenExpiring')]);
    await one.hub.stop();
    const heard = one.types().length;
    late.resolve();
    const { expiresAt } = await nextEvent(other.hub, 'tokenRefreshed');
    await nextEvent(other.hub, 'tokenRefreshed');
    // Whoever had to renew this one has done so by now.
    await vi.waitUntil(() => Date.now() > expiresAt!, { timeout: 3_000 });
    expect(one.types().slice(heard)).toEqual([]);
  });
});

describe('what the server says of a lifetime', () => {
  test.each([0, -1, 'soon', null])('%j is no reason to renew without a pause', async (tokenLifetimeSeconds) => {
    const { url, signalr } = await served();
    const { auth, asked } = lasting(60);
    const fetch: typeof signalr.fetch = async (...request) => {
      const answer = await signalr.fetch(...request);
      if (!/negotiate|refresh/.test(request[0] as string)) return answer;
      return Response.json({ ...((await answer.json()) as object), tokenLifetimeSeconds });
    };
    const { hub, types } = createClient(url, { auth, signalr: { ...signalr, fetch } });
    await hub.start();
    await hub.refreshAuthentication();
    for (let round = 0; round < 20; round += 1) await hub.invoke('Echo', round);
    expect([asked.length, types('tokenExpired'), types('rotated')]).toEqual([2, [], ['rotated']]);
    expect(hub.getSnapshot().tokenExpiresAt! - Date.now()).toBeGreaterThan(50_000);
  });

  test('an expiry in seconds, from the app’s own renewal, is ignored and warned of', async () => {
    const { url, signalr } = await served({ authenticate });
    const { auth, asked } = lasting(60);
    const lines: string[] = [];
    const { hub } = createClient(url, {
      auth,
      signalr,
      logger: { log: (level, line) => level === 'warn' && lines.push(line) },
      rotation: () => Promise.resolve({ expiresAt: Date.now() / 1000 + 60 }),
    });
    await hub.start();
    await hub.refreshAuthentication();
    for (let round = 0; round < 20; round += 1) await hub.invoke('Echo', round);
    expect([asked.length, lines.length]).toEqual([2, 1]);
  });

  test('a refresh that answers 200 with garbage is tried again, and leaves the connection as it is', async () => {
    const { url, signalr } = await served();
    let refreshes = 0;
    const fetch: typeof signalr.fetch = (...request) =>
      /refresh/.test(request[0] as string) && ++refreshes <= 2
        ? Promise.resolve(new Response(refreshes === 1 ? '<!doctype html>' : 'null'))
        : signalr.fetch(...request);
    const { hub, events } = createClient(url, { auth: lasting(60).auth, signalr: { ...signalr, fetch } });
    await hub.start();
    const { connectionId } = hub.getSnapshot();
    await hub.refreshAuthentication();
    expect([refreshes, hub.getSnapshot().connectionId]).toEqual([3, connectionId]);
    expect(events.filter(({ type }) => type === 'rotated')).toMatchObject([{ method: 'refresh' }]);
  });

  test('a server that closes a link long after its token has expired teaches nothing', async () => {
    const { url, server, signalr, visits } = await served({ authenticate });
    const { hub, types } = createClient(url, { auth: lasting(1).auth, signalr });
    await hub.start();
    await nextEvent(hub, 'tokenRefreshed');
    await nextEvent(hub, 'tokenRefreshed');
    // A deploy.
    await server.close({ allowReconnect: true });
    await until(hub, ({ gaps, status }) => gaps === 1 && status === 'connected');
    await nextEvent(hub, 'tokenRefreshed');
    await hub.invoke('Echo', 1);
    expect([visits.length, types('rotated')]).toEqual([2, []]);
  });
});

describe('the address', () => {
  test('may end with a slash', async () => {
    const { url, signalr } = await served();
    const { hub, events } = createClient(`${url}/`, { auth: lasting(60).auth, signalr });
    await hub.start();
    await hub.refreshAuthentication();
    expect(events.filter(({ type }) => type === 'rotated')).toMatchObject([{ method: 'refresh' }]);
  });

  test('may speak of negotiating', async () => {
    const { server } = await serve(renewable);
    const { url, close } = await server.listen({ path: '/negotiate-room' });
    onTestFinished(() => close());
    const { hub } = createClient(url, { auth: lasting(60).auth, signalr: { transport: 'LongPolling' } });
    await hub.start();
    await hub.refreshAuthentication();
    server.drop();
    await until(hub, ({ gaps, status }) => gaps === 1 && status === 'connected');
  });
});

test('two clients of one source, and only one hub that renews in place: each goes its own way', async () => {
  const inPlace = await served();
  const plain = await served({ authenticate });
  const { auth, asked } = lasting(3, 60);
  const one = createClient(inPlace.url, { auth, signalr: inPlace.signalr });
  const other = createClient(plain.url, { auth, signalr: plain.signalr });
  await Promise.all([one.hub.start(), other.hub.start()]);
  await nextEvent(one.hub, 'rotated');
  await Promise.all([one.hub.invoke('Echo', 1), other.hub.invoke('Echo', 1)]);
  expect([asked.length, one.types('rotated'), other.types('rotated')]).toEqual([2, ['rotated'], []]);
  await other.hub.refreshAuthentication();
  expect(other.events.filter(({ type }) => type === 'rotated')).toMatchObject([{ method: 'overlap' }]);
  await vi.waitUntil(() => one.types('rotated').length === 2);
  expect(asked).toHaveLength(3);
});
