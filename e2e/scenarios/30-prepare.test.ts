import type { HubOptions } from '@org/hub-core';
import { expect, it } from 'vitest';
import type { Lab } from '../lab/index.ts';
import { createClient, nextEvent, signIn, startServers } from './client.ts';

/** Fails as often as told, then tells the server. */
function preparation(failures = { left: 0 }) {
  const runs: string[] = [];
  const prepare: NonNullable<HubOptions['prepare']> = async (link) => {
    runs.push(link.connectionId);
    if (failures.left > 0) {
      failures.left -= 1;
      throw new Error('No filter today.');
    }
    await link.invoke('Echo', 'prepared');
  };
  return { prepare, runs, failures };
}

/** What was called on each connection, in order. */
async function callsByConnection(lab: Lab): Promise<string[][]> {
  const byConnection = new Map<string, string[]>();
  for (const { connectionId, method, args } of await lab.calls()) {
    byConnection.set(connectionId, [...(byConnection.get(connectionId) ?? []), `${method} ${String(args[0])}`]);
  }
  return [...byConnection.values()];
}

it('30. `prepare` runs once a link, before the groups and before any call that waited, also on link B', async () => {
  const { lab, endpoint } = await startServers({ lab: { disconnectDelay: 300 } });
  const { source } = await signIn(endpoint);
  const { prepare, runs } = preparation();
  const { hub, types } = createClient(lab.url, { auth: source, prepare });
  hub.join('room');

  const started = hub.start();
  const first = hub.invoke('Echo', 'waited for the start');
  await Promise.all([started, first]);
  const restored = nextEvent(hub, 'restored');
  const lost = nextEvent(hub, 'reconnecting');
  await lab.drop();
  await lost;
  const second = hub.invoke('Echo', 'waited for the reconnect');
  await Promise.all([restored, second]);
  const rotated = hub.refreshAuthentication();
  await lab.waitFor('the close of link A', ({ disconnects }) => disconnects.length === 2);
  await hub.invoke('Echo', 'waited for link B');
  await rotated;

  expect(await callsByConnection(lab)).toEqual([
    ['Echo prepared', 'JoinGroup room', 'Echo waited for the start'],
    ['Echo prepared', 'JoinGroup room', 'Echo waited for the reconnect'],
    ['Echo prepared', 'JoinGroup room', 'Echo waited for link B'],
  ]);
  expect(new Set(runs).size).toBe(3);
  expect(runs).toHaveLength(3);
  expect(types('restored', 'rotated')).toEqual(['restored', 'rotated']);
});

it('30. a `prepare` that fails is tried again like a failed start, on a link of its own', async () => {
  const { lab, endpoint } = await startServers();
  const { source } = await signIn(endpoint);
  const { prepare, runs, failures } = preparation({ left: 2 });
  const { hub, types } = createClient(lab.url, { auth: source, prepare });
  hub.join('room');

  await hub.start();

  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0, error: null });
  expect(new Set(runs).size).toBe(3);
  expect(await callsByConnection(lab)).toEqual([['Echo prepared', 'JoinGroup room']]);

  // On link B: the first link stays, and the rotation is tried again.
  failures.left = 1;
  const { connectionId } = hub.getSnapshot();
  const rotated = hub.refreshAuthentication();
  await lab.waitFor('link B', ({ negotiations }) => negotiations.length === 4);
  expect(await hub.invoke('WhoAmI')).toMatchObject({ connectionId });
  await rotated;

  expect(runs).toHaveLength(5);
  expect(types('reconnecting', 'restored', 'rotated')).toEqual(['rotated']);
  expect((await lab.connections()).map(({ connectionId: id }) => id)).toEqual([hub.getSnapshot().connectionId]);
  expect(endpoint.requests).toBe(1);
});
