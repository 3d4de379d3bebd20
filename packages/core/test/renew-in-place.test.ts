import { tokenFrom, type TokenSource } from '@org/hub-core';
import {
  type AnyHubContract,
  createTestTokens,
  type HubCall,
  HubRejection,
  type TestHubOptions,
} from '@org/hub-testing';
import { expect, test, vi } from 'vitest';
import { createClient, nextEvent, serve } from './hub.ts';

const tokens = createTestTokens();

const renewable: TestHubOptions<AnyHubContract> = {
  authenticate: tokens.authenticate,
  closeOnAuthenticationExpiration: true,
  enableAuthenticationRefresh: true,
  heartbeatInterval: 50,
};

function lasting(expiresIn: number, claims: () => object = () => ({})): { auth: TokenSource; issued(): number } {
  let count = 0;
  return {
    auth: tokenFrom(() => {
      count += 1;
      return tokens.issue({ sub: 'ann', expiresIn, ...claims() });
    }),
    issued: () => count,
  };
}

test('renews in place where the server offers it: one request a lifetime, the same connection, nothing lost', async () => {
  const { url, server, visits } = await serve(renewable);
  const { auth, issued } = lasting(2);
  const { hub, types } = createClient(url, { auth });
  await hub.start();
  const { connectionId } = hub.getSnapshot();
  const hold = hub.invoke('Hold');
  let over = false;
  hold.catch(() => {}).finally(() => (over = true));
  expect(await nextEvent(hub, 'rotated')).toMatchObject({ method: 'refresh', duplicatesDropped: 0 });
  expect(await nextEvent(hub, 'rotated')).toMatchObject({ method: 'refresh' });
  expect(issued()).toBe(3);
  expect(hub.getSnapshot()).toMatchObject({ connectionId, status: 'connected', gaps: 0 });
  expect([visits, over]).toEqual([['negotiated ann'], false]);
  expect(types('reconnecting', 'tokenExpired')).toEqual([]);
  expect(server.connections()).toHaveLength(1);
});

test('refreshAuthentication brings new claims to the same connection', async () => {
  let roles: string[] = [];
  const { url } = await serve({
    ...renewable,
    methods: { Secret: (call: HubCall<AnyHubContract>) => call.connectionId },
    authorize: { Secret: { roles: ['admin'] } },
  });
  const { hub, types } = createClient(url, { auth: lasting(60, () => ({ roles })).auth });
  await hub.start();
  roles = ['admin'];
  await hub.refreshAuthentication();
  expect(await hub.invoke('Secret')).toBe(hub.getSnapshot().connectionId);
  expect(types('rotated')).toHaveLength(1);
});

test('auto: claims that the server will not take on this connection get another one', async () => {
  const { url, server } = await serve({ ...renewable, onAuthenticationRefresh: () => false });
  const { hub, events } = createClient(url, { auth: lasting(60).auth });
  await hub.start();
  const { connectionId } = hub.getSnapshot();
  await hub.refreshAuthentication();
  expect(hub.getSnapshot().connectionId).not.toBe(connectionId);
  expect(events.filter(({ type }) => type === 'rotated')).toMatchObject([{ method: 'overlap' }]);
  expect(server.connections()).toHaveLength(1);
});

test('a refresh that fails leaves the connection working, and is tried again', async () => {
  const { url, server, visits } = await serve(renewable);
  const { hub } = createClient(url, { auth: lasting(60).auth, rotation: 'refresh' });
  await hub.start();
  const { connectionId } = hub.getSnapshot();
  server.reject(503, { on: 'refresh', times: 2 });
  const refreshed = hub.refreshAuthentication();
  expect(await hub.invoke('Echo', 1)).toBe(1);
  await refreshed;
  expect(visits).toEqual(['negotiated ann', 'refused 503', 'refused 503']);
  expect(hub.getSnapshot()).toMatchObject({ connectionId, gaps: 0 });
});

test('a refused token is replaced once; refreshAuthentication rejects, and the connection goes on', async () => {
  const { url, server } = await serve(renewable);
  const { auth, issued } = lasting(60);
  const { hub } = createClient(url, { auth, rotation: 'refresh' });
  await hub.start();
  const lift = server.reject(401, { on: 'refresh' });
  await expect(hub.refreshAuthentication()).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
  expect(issued()).toBe(3);
  expect(await hub.invoke('Echo', 1)).toBe(1);
  lift();
  await hub.refreshAuthentication();
});

test('the app renews in its own way', async () => {
  const seen: string[] = [];
  const { url, server } = await serve({
    authenticate: tokens.authenticate,
    methods: { Renew: (_call: HubCall<AnyHubContract>, token: string) => void seen.push(token) },
  });
  const expiresAt = Date.now() + 90_000;
  const { hub, events } = createClient(url, {
    auth: lasting(60).auth,
    rotation: async ({ token, invoke }) => {
      await invoke('Renew', token);
      return { expiresAt };
    },
  });
  await hub.start();
  await hub.refreshAuthentication();
  expect(seen).toHaveLength(1);
  expect(hub.getSnapshot().tokenExpiresAt).toBe(expiresAt);
  expect(events.filter(({ type }) => type === 'rotated')).toMatchObject([{ method: 'custom' }]);
  expect(server.connections()).toHaveLength(1);
});

test("the server's word on the lifetime outranks the token's", async () => {
  const { url } = await serve({
    ...renewable,
    // As a server whose clock is right; the client's reads an hour less.
    authenticate: async ({ token }) => {
      if (token === null) throw new HubRejection(401);
      return { userId: 'ann', expiresAt: Date.now() + 120_000 };
    },
  });
  const { hub } = createClient(url, { auth: lasting(3600).auth });
  await hub.start();
  await vi.waitUntil(() => (hub.getSnapshot().tokenExpiresAt ?? 0) < Date.now() + 125_000);
  expect(hub.getSnapshot().tokenExpiresAt).toBeGreaterThan(Date.now() + 110_000);
});

test('long polling carries the fresh token, and never ends at expiry', async () => {
  const { url, visits } = await serve({ ...renewable, enableAuthenticationRefresh: false });
  const { auth, issued } = lasting(1);
  const { hub, types } = createClient(url, { auth, signalr: { transport: 'LongPolling' } });
  await hub.start();
  const poke = setInterval(() => void hub.invoke('Tell', 1).catch(() => {}), 50);
  while (issued() < 4) await nextEvent(hub, 'tokenRefreshed');
  clearInterval(poke);
  expect(visits).toEqual(['negotiated ann']);
  expect(types('reconnecting')).toEqual([]);
});
