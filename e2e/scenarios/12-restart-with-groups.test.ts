import type { HubSnapshot } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, signIn, startServers, until } from './client.ts';

const names = Array.from({ length: 100 }, (_, index) => `room-${index + 1}`);

it.each([
  ['100 joins, ten at once', {}, names.map((name) => [name]), 10],
  ['one call of joinMany', { joinMany: 'JoinGroups' }, [names], 1],
])('12. after a restart 100 groups are back before the connection is, with %s', async (_, groups, joins, atOnce) => {
  const { lab, endpoint } = await startServers({ lab: { joinDelay: 20 } });
  const { source } = await signIn(endpoint);
  const { hub, events, types } = createClient(lab.url, { auth: source, groups });
  const heard: string[] = [];
  hub.on('GroupMessage', (group, text) => heard.push(`${group} ${text}`));
  for (const name of names) hub.join(name);
  await hub.start();
  await lab.forget();
  const before = events.length;
  const whenConnectedAgain = until(hub, ({ gaps }) => gaps === 1, 20_000);

  await lab.restart({ downFor: 5_000 });
  const connected = await whenConnectedAgain;

  expect(states(connected)).toEqual(['joined']);
  expect(connected).toMatchObject({ status: 'connected', error: null });
  const since = events.slice(before).map(({ type }) => type);
  expect(since.filter((type) => type === 'groupJoined')).toHaveLength(100);
  expect(since.lastIndexOf('groupJoined')).toBeLessThan(since.lastIndexOf('statusChanged'));
  const restored = events.findLast(({ type }) => type === 'restored');
  expect(restored).toMatchObject({ joined: 100, failed: 0 });
  expect(restored).toHaveProperty(
    'gapMs',
    expect.toSatisfy((gap: number) => gap >= 5_000 && gap < 15_000),
  );

  const seen = await lab.joins();
  expect(seen.calls.map(({ groups: asked }) => asked)).toEqual(joins);
  expect(new Set(seen.calls.map(({ outcome }) => outcome))).toEqual(new Set(['joined']));
  expect(seen.maxConcurrent).toBe(atOnce);

  for (const name of names) await lab.toGroup(name, 'GroupMessage', name, 'probe');
  // Messages of one connection keep their order: what comes back now came after the last probe.
  await hub.invoke('Echo', 'all probes are here');
  expect(heard).toEqual(names.map((name) => `${name} probe`));

  // A deploy is no expiry.
  expect(endpoint.requests).toBe(0);
  expect(types('tokenExpiring', 'tokenRefreshed', 'groupFailed', 'sessionEnded')).toEqual([]);
});

function states({ groups }: HubSnapshot): string[] {
  return [...new Set([...groups.values()].map(({ status }) => status))];
}
