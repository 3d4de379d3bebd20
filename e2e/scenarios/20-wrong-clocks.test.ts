import type { TokenRequest, TokenSource } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, everyNumberTo, hearNumbers, nextEvent, signIn, startServers } from './client.ts';

it.each([
  ['ahead', -600],
  ['behind', 600],
])('20. a client whose clock is ten minutes %s renews once a lifetime, before the real expiry', async (_, clock) => {
  const lifetime = 3;
  const { lab, endpoint } = await startServers({
    lab: { closeOnAuthenticationExpiration: true, clock },
    tokens: { expiresIn: lifetime },
  });
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source, rotation: 'overlap' });
  const { heard } = hearNumbers(hub);
  await hub.start();
  await lab.startNumbers({ every: 100 });

  for (let lifetimes = 0; lifetimes < 3; lifetimes += 1) await nextEvent(hub, 'rotated');
  const { requests, requestedAt } = endpoint;
  const last = await lab.stopNumbers();
  await hub.invoke('Echo', 'after the last number');

  expect(requests).toBe(3);
  const pauses = requestedAt.slice(1).map((at, index) => at - (requestedAt[index] ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThan((lifetime * 1000) / 2);
  // The server closes at the real expiry, so nobody was late.
  expect(heard).toEqual(everyNumberTo(last));
  expect(types('tokenExpired', 'unauthorized', 'reconnecting', 'restored')).toEqual([]);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
});

it('20. a token 60 s past its expiry that the server still takes costs one connection and its close, no loop', async () => {
  // JwtBearer's own clock skew.
  const { lab } = await startServers({ lab: { closeOnAuthenticationExpiration: true, clockSkew: 300 } });
  const asked: TokenRequest[] = [];
  // It does not say when its tokens expire: nobody can know that the first one has.
  const source: TokenSource = {
    async getToken(request) {
      asked.push(request);
      return { token: await lab.issue({ sub: 'ann', expiresIn: request.force ? 300 : -60 }) };
    },
  };
  const { hub, types } = createClient(lab.url, { auth: source });
  const { reaches } = hearNumbers(hub);
  const restored = nextEvent(hub, 'restored');
  await hub.start();
  await restored;
  const { connectionId } = hub.getSnapshot();

  // Twice the time that the first connection had.
  await lab.startNumbers({ every: 100 });
  await reaches(20);

  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', connectionId, gaps: 1 });
  expect(types('reconnecting', 'restored')).toEqual(['reconnecting', 'restored']);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([200, 200]);
  expect(asked.map(({ force }) => force)).toEqual([false, true]);
});
