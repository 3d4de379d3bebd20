import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient, nextEvent, signIn, startServers, unhandledRejections, until } from './client.ts';
import { anHourPasses } from './clock.ts';

const threeFailures = Array.from({ length: 3 }, () => 'tokenRefreshFailed');

it.each(['at the very first start', 'on the way back'])(
  '6. three network failures of the token end point %s: back-off, four requests, groups, and nobody is signed out',
  async (when) => {
    const { lab, endpoint } = await startServers();
    const rejections = unhandledRejections();
    const first = when === 'at the very first start';
    const { manager, source } = await signIn(endpoint, { expired: first });
    const { hub, events, types } = createClient(lab.url, { auth: source });
    const rooms = [hub.join('a'), hub.join('b')];
    // Full jitter is a random part of a ceiling that doubles: half of it here, so that each wait is known.
    const jitter = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    onTestFinished(() => jitter.mockRestore());

    if (first) {
      endpoint.failNetwork(3);
      await hub.start();
    } else {
      await hub.start();
      await lab.forget();
      endpoint.failNetwork(3);
      anHourPasses();
      const lost = nextEvent(hub, 'reconnecting');
      await lab.drop();
      await lost;
      await until(hub, ({ status }) => status === 'connected');
    }

    expect(endpoint.requests).toBe(4);
    const pauses = endpoint.requestedAt.slice(1).map((at, index) => at - endpoint.requestedAt[index]!);
    // Half of 500 ms, of 1 s and of 2 s, and whatever the machine takes.
    expect(pauses).toEqual(
      [250, 500, 1_000].map((pause) => expect.toSatisfy((ms: number) => ms >= pause - 5 && ms < 2 * pause)),
    );
    expect(types('sessionEnded', 'unauthorized', 'tokenRefreshFailed')).toEqual(threeFailures);
    expect(events.find(({ type }) => type === 'tokenRefreshFailed')).toMatchObject({
      error: { code: 'token-unavailable', retryable: true },
      retryAt: expect.any(Number),
    });
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', auth: 'authenticated', userId: 'ann', error: null });
    expect(rooms.map(({ state }) => state.status)).toEqual(['joined', 'joined']);
    expect((await lab.joins()).calls.map(({ outcome }) => outcome)).toEqual(['joined', 'joined']);
    expect((await lab.negotiations()).map(({ status }) => status)).toEqual([200]);
    expect((await manager.getUser())?.expired).toBe(false);
    expect([endpoint.familyRevoked, rejections]).toEqual([false, []]);
  },
);

it('6. a connection that is lost while its renewal fails comes back with its groups, and no request more', async () => {
  const { lab, endpoint } = await startServers({ tokens: { expiresIn: 4 } });
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source });
  hub.join('room');
  endpoint.setLifetime(300);
  await hub.start();
  endpoint.failNetwork(3);
  // Three pauses, of up to 7 s in all, begin 3 s from here.
  const refreshed = nextEvent(hub, 'tokenRefreshed', 20_000);

  await nextEvent(hub, 'tokenRefreshFailed');
  const restored = nextEvent(hub, 'restored');
  await lab.drop();

  expect(await restored).toMatchObject({ joined: 1, failed: 0 });
  await refreshed;
  expect(endpoint.requests).toBe(4);
  expect(types('sessionEnded', 'unauthorized', 'tokenRefreshFailed')).toEqual(threeFailures);
});
