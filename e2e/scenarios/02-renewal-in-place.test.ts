import { tokenFrom } from '@org/hub-core';
import { expect, it } from 'vitest';
import { all, createClient, everyNumberTo, hearNumbers, nextEvent, signIn, startServers, until } from './client.ts';

it('2. one POST /refresh a lifetime: the connection stays, and a slow invoke and a stream survive', async () => {
  const { lab, endpoint } = await startServers({
    lab: { closeOnAuthenticationExpiration: true, tokenRefresh: true },
    tokens: { expiresIn: 4 },
  });
  const { source } = await signIn(endpoint);
  const { hub, events, types } = createClient(lab.url, { auth: source });
  const { heard } = hearNumbers(hub);
  await hub.start();
  const { connectionId } = hub.getSnapshot();
  await lab.startNumbers({ every: 100 });
  // Both outlive two tokens.
  const slow = hub.invoke('Slow', 7_000, 'slow');
  const items = all(hub.stream('Counter', 70, 100));

  for (let lifetimes = 0; lifetimes < 3; lifetimes += 1) await nextEvent(hub, 'rotated');

  expect(await slow).toBe('slow');
  expect(await items).toEqual(everyNumberTo(70));
  const last = await lab.stopNumbers();
  await hub.invoke('Echo', 'after the last number');
  expect(heard).toEqual(everyNumberTo(last));
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', connectionId, gaps: 0, error: null });
  expect(events.filter(({ type }) => type === 'rotated')).toMatchObject(
    Array.from({ length: 3 }, () => ({ method: 'refresh' })),
  );
  expect(types('reconnecting', 'restored', 'tokenExpired')).toEqual([]);

  const requests = await lab.requests();
  expect(requests.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual([
    'POST /hub/negotiate 200',
    'GET /hub 101',
    'POST /hub/refresh 200',
    'POST /hub/refresh 200',
    'POST /hub/refresh 200',
  ]);
  const refreshes = requests.slice(2);
  // Each token once, and none before more than half of the one before was over.
  expect(new Set(refreshes.map(({ tokenId }) => tokenId)).size).toBe(3);
  expect(endpoint.requests).toBe(3);
  const pauses = refreshes.slice(1).map(({ at }, index) => at - (refreshes[index]?.at ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThan(2_000);
});

it.each(['auto', 'refresh'] as const)(
  '2. with `%s` a token of another user is refused with 403, and the connection stays as it was',
  async (rotation) => {
    const { lab } = await startServers({ lab: { tokenRefresh: true } });
    let user = 'ann';
    // The app says that it is ann, whatever her tokens say.
    const source = tokenFrom(() => lab.issue({ sub: user, expiresIn: 300 }), { userId: 'ann' });
    const { hub, types } = createClient(lab.url, { auth: source, rotation });
    await hub.start();
    const { connectionId } = hub.getSnapshot();

    user = 'bob';
    const refused = hub.refreshAuthentication();

    await expect(refused).rejects.toMatchObject({ code: 'forbidden', status: 403, retryable: false });
    expect(await hub.invoke('WhoAmI')).toMatchObject({ userId: 'ann', connectionId });
    await until(hub, ({ status }) => status === 'connected', 0);
    expect(types('rotated', 'reconnecting', 'forbidden', 'sessionEnded')).toEqual([]);
    const statuses = (await lab.requests()).map(({ path, status }) => `${path} ${status}`);
    expect(new Set(statuses.slice(2))).toEqual(new Set(['/hub/refresh 403']));
    expect((await lab.connections()).map(({ userId }) => userId)).toEqual(['ann']);
  },
);
