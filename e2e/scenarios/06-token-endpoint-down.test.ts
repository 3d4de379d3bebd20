import { expect, it } from 'vitest';
import { createClient, signIn, startServers, unhandledRejections } from './client.ts';

it.each([
  ['at the very first start', true],
  ['on the way back', false],
])('6. three network failures of the token end point %s: back-off, four requests, groups', async (_, first) => {
  const { lab, endpoint } = await startServers({ tokens: { expiresIn: 4 } });
  const rejections = unhandledRejections();
  const { source } = await signIn(endpoint, { expired: first });
  const { hub, events, types } = createClient(lab.url, { auth: source });
  hub.join('room');
  endpoint.setLifetime(300);
  if (!first) await hub.start();
  endpoint.failNetwork(3);
  const retries: (number | null)[] = [];
  hub.events.on('tokenRefreshFailed', ({ retryAt }) => void retries.push(retryAt && retryAt - Date.now()));
  if (first) await hub.start();
  else {
    // The connection is lost as well, and comes back with the token that is still good.
    await new Promise((resolve) => hub.events.on('tokenRefreshFailed', resolve));
    await lab.drop();
    await new Promise((resolve) => hub.events.on('restored', resolve));
    await expect.poll(() => endpoint.requests, { timeout: 15_000 }).toBe(4);
  }

  expect(endpoint.requests).toBe(4);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', auth: 'authenticated', userId: 'ann' });
  expect([...hub.getSnapshot().groups]).toEqual([['room', { status: 'joined', error: null }]]);
  expect(types('sessionEnded', 'tokenRefreshFailed')).toEqual(Array(3).fill('tokenRefreshFailed'));
  // Each of them is told with the time of the next try, and they are not the same.
  expect(retries).toEqual(Array(3).fill(expect.any(Number)));
  const pauses = endpoint.requestedAt.slice(1).map((at, index) => at - endpoint.requestedAt[index]!);
  expect(new Set(pauses).size).toBe(3);
  expect(events.filter(({ type }) => type === 'tokenRefreshed')).toHaveLength(first ? 0 : 1);
  expect([endpoint.familyRevoked, rejections]).toEqual([false, []]);
});
