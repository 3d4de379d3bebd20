import type { HubOptions } from '@org/hub-core';
import { expect, it } from 'vitest';
import { all, createClient, everyNumberTo, hearNumbers, nextEvent, signIn, startServers } from './client.ts';

const rotations = 50;

const rungs: [name: string, method: 'refresh' | 'overlap', options: Partial<HubOptions>][] = [
  ['`refresh`', 'refresh', {}],
  ['`overlap` with `messageId`', 'overlap', { rotation: 'overlap', messageId: (_, [number]) => String(number) }],
  ['`overlap` on distinct messages', 'overlap', { rotation: 'overlap' }],
];

it.each(rungs)('3. fifty rotations by %s under 500 messages/s cost nothing', async (_, method, options) => {
  const { lab, endpoint } = await startServers({
    lab: { closeOnAuthenticationExpiration: true, tokenRefresh: method === 'refresh' },
  });
  const { source } = await signIn(endpoint);
  const { hub, events, types } = createClient(lab.url, { auth: source, ...options });
  const { heard } = hearNumbers(hub);
  await hub.start();
  await lab.startNumbers({ every: 2 });

  const rounds = everyNumberTo(rotations);
  const results: unknown[] = [];
  for (const round of rounds) {
    const slow = hub.invoke('Slow', 20, `slow ${round}`);
    const stream = all(hub.stream('Counter', 5, 5));
    const rotated = hub.refreshAuthentication();
    // One is sent before the rotation has begun, the others while it is under way.
    const before = hub.invoke('Echo', 2 * round - 1);
    const meanwhile = nextEvent(hub, 'tokenRefreshed').then(() => hub.invoke('Echo', 2 * round));
    results.push(await Promise.all([slow, stream, before, meanwhile, rotated]));
  }
  const last = await lab.stopNumbers();
  await hub.invoke('Echo', 'after the last number');

  expect(heard).toEqual(everyNumberTo(last));
  expect(last).toBeGreaterThan(500);
  expect(results).toEqual(
    rounds.map((round) => [`slow ${round}`, [1, 2, 3, 4, 5], 2 * round - 1, 2 * round, undefined]),
  );
  const calls = await lab.calls();
  const asked = (name: string): unknown[] => calls.filter((call) => call.method === name).map(({ args }) => args[0]);
  expect(asked('Echo')).toEqual([...everyNumberTo(2 * rotations), 'after the last number']);
  expect(asked('Slow')).toHaveLength(rotations);
  expect(asked('Counter')).toHaveLength(rotations);

  expect(events.filter(({ type }) => type === 'rotated')).toMatchObject(rounds.map(() => ({ method })));
  expect(types('reconnecting', 'restored', 'tokenRefreshFailed')).toEqual([]);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0, error: null });
  expect(endpoint.requests).toBe(rotations);
  expect(await lab.connections()).toMatchObject([{ connectionId: hub.getSnapshot().connectionId }]);
  expect((await lab.negotiations()).length).toBe(method === 'refresh' ? 1 : 1 + rotations);
});

it.each([
  ['refresh', 'refresh'],
  ['overlap', 'negotiate'],
] as const)('3. a refused `%s` leaves the connection working, and is tried again', async (method, on) => {
  const { lab, endpoint } = await startServers({ lab: { tokenRefresh: true } });
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source, rotation: method });
  await hub.start();
  const { connectionId } = hub.getSnapshot();
  await lab.reject(503, { on, times: 2 });

  const rotated = hub.refreshAuthentication();
  await lab.waitFor('the first refusal', ({ requests }) => requests.some(({ status }) => status === 503));
  expect(await hub.invoke('WhoAmI')).toMatchObject({ connectionId });
  await rotated;

  const statuses = (await lab.requests()).filter(({ path }) => path.endsWith(on)).map(({ status }) => status);
  expect(statuses).toEqual(method === 'refresh' ? [503, 503, 200] : [200, 503, 503, 200]);
  expect(types('rotated', 'reconnecting', 'restored')).toEqual(['rotated']);
  expect(hub.getSnapshot().gaps).toBe(0);
  expect(endpoint.requests).toBe(1);
  expect(hub.getSnapshot().connectionId === connectionId).toBe(method === 'refresh');
});
