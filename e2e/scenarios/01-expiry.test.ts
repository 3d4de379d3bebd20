import { expect, it } from 'vitest';
import { createClient, everyNumberTo, hearNumbers, nextEvent, signIn, startServers } from './client.ts';

it('1. three and a half lifetimes with `overlap` cost no number, and a token request for each lifetime', async () => {
  // Tokens end on the second: this is the shortest lifetime that rounding does not make three quarters of.
  const lifetime = 4;
  const { lab, endpoint } = await startServers({
    lab: { closeOnAuthenticationExpiration: true },
    tokens: { expiresIn: lifetime },
  });
  const signedInAt = Date.now();
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source, rotation: 'overlap' });
  const { heard, reaches } = hearNumbers(hub);
  await hub.start();

  await lab.startNumbers({ every: 100 });
  await reaches((signedInAt + 3.5 * lifetime * 1000 - Date.now()) / 100);
  const { requests } = endpoint;
  const last = await lab.stopNumbers();
  await hub.invoke('Echo', 'after the last number');

  expect(heard).toEqual(everyNumberTo(last));
  expect(requests).toBeGreaterThanOrEqual(3);
  expect(requests).toBeLessThanOrEqual(4);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0, error: null });
  expect(types('rotated', 'reconnecting', 'restored', 'tokenExpired', 'tokenRefreshFailed')).toEqual(
    Array.from({ length: requests }, () => 'rotated'),
  );
  expect(await lab.connections()).toMatchObject([{ connectionId: hub.getSnapshot().connectionId, userId: 'ann' }]);
});

it('1. with `auto` the first expiry is one reported gap, and the later ones are none', async () => {
  const { lab, endpoint } = await startServers({
    lab: { closeOnAuthenticationExpiration: true },
    tokens: { expiresIn: 3 },
  });
  const { source } = await signIn(endpoint);
  const { hub, events, types } = createClient(lab.url, { auth: source });
  const { heard } = hearNumbers(hub);
  await hub.start();
  await lab.startNumbers({ every: 20 });

  await nextEvent(hub, 'restored');
  const beforeGap = heard.at(-1) ?? 0;
  await nextEvent(hub, 'rotated');
  await nextEvent(hub, 'rotated');
  await nextEvent(hub, 'rotated');
  const last = await lab.stopNumbers();
  await hub.invoke('Echo', 'after the last number');

  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 1, error: null });
  expect(types('reconnecting', 'restored', 'rotated')).toEqual([
    'reconnecting',
    'restored',
    'rotated',
    'rotated',
    'rotated',
  ]);
  expect(events.filter(({ type }) => type === 'rotated')).toMatchObject(
    Array.from({ length: 3 }, () => ({ method: 'overlap' })),
  );
  const after = heard.slice(heard.indexOf(beforeGap) + 1);
  expect(heard.slice(0, heard.indexOf(beforeGap) + 1)).toEqual(everyNumberTo(beforeGap));
  expect(after).toEqual(everyNumberTo(last).slice((after[0] ?? 0) - 1));
  // One for each lifetime: the one before the expiry that nobody had seen yet, and one for each rotation.
  expect(endpoint.requests).toBe(4);
});

it('1. with `auto` a server that lets expired tokens be never sees a second connection', async () => {
  const { lab, endpoint } = await startServers({ tokens: { expiresIn: 2 } });
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source });
  await hub.start();
  const { connectionId } = hub.getSnapshot();

  for (let lifetimes = 0; lifetimes < 3; lifetimes += 1) await nextEvent(hub, 'tokenRefreshed');
  await hub.invoke('Echo', 'still here');

  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', connectionId, gaps: 0 });
  expect(types('rotated', 'reconnecting', 'restored')).toEqual([]);
  expect((await lab.requests()).map(({ status }) => status)).toEqual([200, 101]);
  expect(endpoint.requests).toBe(3);
});
