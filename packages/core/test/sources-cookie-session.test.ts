import { cookieSession } from '@org/hub-core';
import type { TokenChange, TokenRequest } from '@org/hub-core';
import type { AuthenticationRequest, HubUser } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { createClient, serve, until } from './hub.ts';

const connect: TokenRequest = { reason: 'connect', force: false, attempt: 0 };
const refused = (status: number): TokenRequest => ({ reason: 'rejected', force: true, status, attempt: 0 });

/** A hub that knows its users by a cookie, and wants the header of a BFF on whatever can carry one. */
async function serveBff() {
  const seen: [kind: string, csrf: string | undefined][] = [];
  const served = await serve({
    authenticate({ headers }: AuthenticationRequest): HubUser | null {
      seen.push([headers['upgrade'] ? 'upgrade' : 'request', headers['x-csrf']]);
      return { userId: 'ann' };
    },
  });
  return { ...served, seen };
}

it('carries the anti-forgery header with the negotiate, and nothing with the upgrade', async () => {
  const { url, seen } = await serveBff();
  const { hub } = createClient(url, { auth: cookieSession({ headers: { 'X-CSRF': '1' }, userId: 'ann' }) });
  await hub.start();
  expect(seen).toEqual([
    ['request', '1'],
    ['upgrade', undefined],
  ]);
  expect(hub.getSnapshot()).toMatchObject({ auth: 'authenticated', userId: 'ann', tokenExpiresAt: null });
});

it('carries it with every poll and post of long polling', async () => {
  const { url, seen } = await serveBff();
  const auth = cookieSession({ headers: { 'X-CSRF': '1' } });
  const { hub } = createClient(url, { auth, signalr: { transport: 'LongPolling' } });
  await hub.start();
  expect(await hub.invoke('Echo', 1)).toBe(1);
  expect([seen.length > 3, seen.every(([kind, csrf]) => kind === 'request' && csrf === '1')]).toEqual([true, true]);
});

it('asks for fresh headers, and who it is, before each connection', async () => {
  const { server, url, seen } = await serveBff();
  let count = 0;
  const asked: string[] = [];
  const auth = cookieSession({
    headers: () => Promise.resolve({ 'X-CSRF': `${++count}` }),
    userId: () => (asked.push('user'), Promise.resolve('ann')),
  });
  const { hub, types } = createClient(url, { auth });
  await hub.start();
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(seen.filter(([kind]) => kind === 'request').map(([, csrf]) => csrf)).toEqual(['1', '2']);
  expect([asked, types('tokenRefreshed', 'tokenExpiring')]).toEqual([['user', 'user'], []]);
});

it('asks nobody at the hub while nobody is signed in', async () => {
  const { url, visits } = await serveBff();
  let user: string | null = null;
  let tell: (change: TokenChange) => void = () => {};
  const auth = cookieSession({ userId: () => user, subscribe: (listener) => ((tell = listener), () => {}) });
  const { hub } = createClient(url, { auth });
  const started = hub.start();
  await until(hub, ({ auth: known }) => known === 'anonymous');
  expect(visits).toEqual([]);
  user = 'ann';
  tell('signed-in');
  await started;
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann' });
});

it('notices at a reconnect that another user has signed in', async () => {
  const { server, url } = await serveBff();
  let user = 'ann';
  const { hub } = createClient(url, { auth: cookieSession({ userId: () => user }) });
  await hub.start();
  user = 'bob';
  server.drop();
  await until(hub, ({ userId, status }) => userId === 'bob' && status === 'connected');
  expect(hub.getSnapshot().gaps).toBe(1);
});

it('a user end point that is down is no sign-out: the cookies are tried, or it is asked again', async () => {
  const { server, url, visits } = await serveBff();
  let fails = 0;
  const auth = cookieSession({
    userId() {
      if (fails-- > 0) throw new Error('HTTP 503');
      return 'ann';
    },
  });
  fails = 1;
  const { hub, types } = createClient(url, { auth });
  await hub.start();
  fails = 1;
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(visits).toEqual(['negotiated ann', 'negotiated ann']);
  expect(types('tokenRefreshFailed', 'sessionEnded')).toEqual(['tokenRefreshFailed', 'tokenRefreshFailed']);
});

it('null at a reconnect ends the session once', async () => {
  const { server, url, visits } = await serveBff();
  let user: string | null = 'ann';
  const { hub, types } = createClient(url, { auth: cookieSession({ userId: () => user }) });
  await hub.start();
  user = null;
  server.drop();
  await until(hub, ({ status }) => status === 'disconnected');
  expect([types('sessionEnded', 'unauthorized'), visits]).toEqual([['sessionEnded'], ['negotiated ann']]);
});

it('logs out at the BFF after the connection is closed', async () => {
  const { server, url } = await serveBff();
  const order: unknown[] = [];
  const auth = cookieSession({ signOut: async () => void order.push(server.connections().length) });
  const { hub } = createClient(url, { auth });
  await hub.start();
  await hub.logout();
  expect(order).toEqual([0]);
});

it('a 401 to the same cookies ends the session, and asks for a sign-in', async () => {
  const calls: string[] = [];
  const source = cookieSession({ headers: { 'X-CSRF': '1' }, onUnauthorized: () => calls.push('sign in') });
  await source.getToken(connect);
  await expect(source.getToken(refused(401))).rejects.toMatchObject({ code: 'session-ended' });
  expect(calls).toEqual(['sign in']);
});

it('a 401 after which the user end point knows nobody ends the session, and asks for a sign-in', async () => {
  const calls: string[] = [];
  let user: string | null = 'ann';
  const source = cookieSession({ userId: () => user, onUnauthorized: () => calls.push('sign in') });
  await source.getToken(connect);
  user = null;
  expect([await source.getToken(connect), calls]).toEqual([null, []]);
  expect([await source.getToken(refused(401)), calls]).toEqual([null, ['sign in']]);
});

it('fresh headers are worth a try after a 401, and a 403 is no sign-out', async () => {
  let count = 0;
  const calls: string[] = [];
  const fresh = cookieSession({
    headers: () => ({ 'X-CSRF': `${++count}` }),
    onUnauthorized: () => calls.push('sign in'),
  });
  await fresh.getToken(connect);
  expect(await fresh.getToken(refused(401))).toEqual({ cookie: true, headers: { 'X-CSRF': '2' } });
  const fixed = cookieSession({ onUnauthorized: () => calls.push('sign in') });
  await fixed.getToken(connect);
  expect([await fixed.getToken(refused(403)), calls]).toEqual([{ cookie: true }, []]);
});

it('a 401 of the hub ends the session once, and leaves the hub alone', async () => {
  const { server, url, visits } = await serveBff();
  const calls: string[] = [];
  const auth = cookieSession({ headers: { 'X-CSRF': '1' }, onUnauthorized: () => calls.push('sign in') });
  const { hub, types } = createClient(url, { auth });
  await hub.start();
  server.reject(401);
  server.drop();
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect([error?.code, calls, types('sessionEnded', 'unauthorized')]).toEqual([
    'session-ended',
    ['sign in'],
    ['sessionEnded'],
  ]);
  expect(visits).toEqual(['negotiated ann', 'refused 401']);
});

it('a 403 of the hub is tried once more, and is no sign-out', async () => {
  const { server, url, visits } = await serveBff();
  const calls: string[] = [];
  const { hub, types } = createClient(url, { auth: cookieSession({ onUnauthorized: () => calls.push('sign in') }) });
  server.reject(403);
  await expect(hub.start()).rejects.toMatchObject({ code: 'forbidden' });
  expect([calls, types('sessionEnded', 'forbidden'), visits]).toEqual([
    [],
    ['forbidden'],
    ['refused 403', 'refused 403'],
  ]);
});
