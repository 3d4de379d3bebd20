import { expect, it, vi } from 'vitest';
import { createClient, nextEvent, signIn, startServers, until } from './client.ts';
import { fakeClock } from './clock.ts';
import { fakePage } from './page.ts';

const hour = 3_600_000;

it('19. after an hour of sleep one refresh comes before the first negotiate, and the hub is back within 10 s', async () => {
  const { lab, endpoint } = await startServers({ tokens: { expiresIn: 300 } });
  const page = fakePage();
  fakeClock();
  const { manager, source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source });
  const room = hub.join('room');
  await hub.start();
  const [first] = await lab.negotiations();

  // Timers stand still while the machine sleeps, and its sockets die; on waking there is no network for 15 s.
  const lost = nextEvent(hub, 'reconnecting');
  page.setOnline(false);
  vi.setSystemTime(Date.now() + hour);
  await lab.drop();
  page.dispatch('resume');
  page.dispatch('visibilitychange');
  await lost;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(hub.getSnapshot()).toMatchObject({ status: 'reconnecting', auth: 'authenticated', userId: 'ann' });
  expect([endpoint.requests, (await lab.negotiations()).length]).toEqual([0, 1]);

  const onlineAt = Date.now();
  page.setOnline(true);
  await until(hub, ({ status }) => status === 'connected');

  expect(Date.now() - onlineAt).toBeLessThan(10_000);
  expect(endpoint.requests).toBe(1);
  const negotiations = await lab.negotiations();
  expect(negotiations.map(({ status }) => status)).toEqual([200, 200]);
  // The first one after waking brought the new token already.
  expect(negotiations[1]?.tokenId).not.toBe(first?.tokenId);
  expect(room.state.status).toBe('joined');
  expect(types('sessionEnded', 'unauthorized', 'restored')).toEqual(['restored']);
  expect((await manager.getUser())?.expired).toBe(false);
});
