import type { TokenSource } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, signIn, startServers, unhandledRejections, until } from './client.ts';
import { countResources } from './resources.ts';

it('16. logout of two connected hubs: calls are answered, OnDisconnected has finished, then the source signs out', async () => {
  const { lab, endpoint } = await startServers({ lab: { disconnectDelay: 700 } });
  const rejections = unhandledRejections();
  const resources = countResources();
  const { manager, source } = await signIn(endpoint);
  const { recorded, signedOutAt } = record(source);
  const options = { auth: recorded, signalr: { WebSocket: resources.WebSocket } };
  const [first, second] = [createClient(lab.url, options), createClient(lab.url, options)];
  first.hub.join('room');
  await Promise.all([first.hub.start(), second.hub.start()]);
  const calls = [
    first.hub.invoke('Slow', 300, 'a'),
    first.hub.invoke('Slow', 400, 'b'),
    second.hub.invoke('Slow', 500, 'c'),
  ];
  await lab.waitFor('three calls run', (facts) => facts.calls.filter(({ method }) => method === 'Slow').length === 3);

  const startedAt = Date.now();
  const report = await first.hub.logout();

  expect(report).toEqual({ drained: 3, aborted: 0, close: 'acknowledged' });
  expect(await Promise.all(calls)).toEqual(['a', 'b', 'c']);
  const finished = (await lab.disconnects()).map(({ finishedAt }) => finishedAt ?? Infinity);
  expect(finished).toHaveLength(2);
  expect(signedOutAt).toEqual([expect.toSatisfy((at: number) => at >= Math.max(...finished))]);
  expect(Date.now() - startedAt).toBeLessThan(5_000);

  for (const { hub, types } of [first, second]) {
    expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', auth: 'signed-out', userId: null, error: null });
    expect(types('sessionEnded', 'unauthorized', 'forbidden', 'reconnecting')).toEqual(['sessionEnded']);
    await expect(hub.invoke('Add', 1, 2)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  }
  expect(await manager.getUser()).toBeNull();
  expect(await lab.connections()).toEqual([]);
  expect({ timers: resources.timers(), sockets: resources.sockets() }).toEqual({ timers: [], sockets: 0 });
  expect(new Set((await lab.requests()).map(({ status }) => status))).toEqual(new Set([200, 101]));
  expect(rejections).toEqual([]);
  expect(endpoint.requests).toBe(0);
});

it.each([
  ['within', 500, 5_000],
  ['after', 2_000, 500],
])('16. a token that comes %s the bound of a logout changes nothing', async (_, tokenDelay, timeout) => {
  const { lab, endpoint } = await startServers({ tokens: { expiresIn: 4 } });
  const rejections = unhandledRejections();
  const { manager, source } = await signIn(endpoint);
  const { recorded, signedOutAt, asked } = record(source);
  const { hub, types } = createClient(lab.url, { auth: recorded });
  await hub.start();
  endpoint.delay(tokenDelay);
  // The refresh ahead of expiry is on its way: the end point has taken it and is slow to answer.
  await new Promise((resolve) => hub.events.on('tokenExpiring', resolve));
  const late = asked.at(-1);

  const startedAt = Date.now();
  const report = await hub.logout({ timeout });
  const took = Date.now() - startedAt;
  await Promise.allSettled([late]);
  await until(hub, ({ status }) => status === 'disconnected');

  expect(report).toEqual({ drained: 0, aborted: 0, close: 'acknowledged' });
  expect(took).toBeLessThan(timeout + 1_000);
  expect(signedOutAt).toHaveLength(1);
  expect(endpoint.requests).toBe(1);
  // oidc-client-ts stores whoever a renewal was for, also when the user was removed meanwhile.
  await expect.poll(() => manager.getUser(), { timeout: 1_000 }).toBeNull();
  expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', auth: 'signed-out', userId: null, error: null });
  expect(types('sessionEnded', 'tokenRefreshed', 'unauthorized', 'forbidden')).toEqual(['sessionEnded']);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([200]);
  expect(rejections).toEqual([]);
});

/** The source, and when it was asked for what. */
function record(source: TokenSource) {
  const signedOutAt: number[] = [];
  const asked: Promise<unknown>[] = [];
  const recorded: TokenSource = {
    ...source,
    getToken(request) {
      const answer = source.getToken(request);
      asked.push(answer);
      return answer;
    },
    async signOut() {
      signedOutAt.push(Date.now());
      await source.signOut?.();
    },
  };
  return { recorded, signedOutAt, asked };
}
