import { createTestHub } from '@org/hub-testing';
import { expect, it, onTestFinished } from 'vitest';
import { createClient, nextEvent, serve, until } from './hub.ts';

it('reconnect: false stops at a lost connection', async () => {
  const { server, url, visits } = await serve();
  const { hub, types } = createClient(url, { reconnect: false });
  await hub.start();
  server.drop();
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect(error).toMatchObject({ code: 'connection-lost' });
  expect([visits.length, types('reconnecting')]).toEqual([1, []]);
  await expect(hub.invoke('Echo', 1)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
});

it('reconnect: false rejects a start that fails', async () => {
  const { server, url, visits } = await serve();
  const { hub } = createClient(url, { reconnect: false });
  server.reject(503);
  await expect(hub.start()).rejects.toMatchObject({ code: 'unreachable', status: 503 });
  expect(visits).toEqual(['refused 503']);
});

it('gives up after maxAttempts tries, and start() begins anew', async () => {
  const { server, url, visits } = await serve();
  const { hub, events } = createClient(url, { reconnect: { baseDelay: 10, maxDelay: 20, maxAttempts: 3 } });
  await hub.start();
  const lift = server.reject(503);
  server.drop();
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect(error).toMatchObject({ code: 'unreachable', status: 503 });
  expect(visits).toEqual(['negotiated null', 'refused 503', 'refused 503', 'refused 503']);
  expect(events.flatMap((event) => (event.type === 'reconnecting' ? [event.attempt] : []))).toEqual([1, 2, 3]);
  lift();
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', attempt: 0, error: null });
});

it('counts a gap with each reconnect and none with a start', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  expect(hub.getSnapshot().gaps).toBe(0);
  for (const gaps of [1, 2]) {
    server.drop();
    await until(hub, (snapshot) => snapshot.gaps === gaps && snapshot.status === 'connected');
  }
  expect(hub.getSnapshot().gaps).toBe(2);
});

it('shows when the next try is, and only then', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url);
  const waits: (number | null)[] = [];
  hub.subscribe(() => {
    const { status, retryAt } = hub.getSnapshot();
    if (status !== 'reconnecting') waits.push(retryAt);
    else if (retryAt !== null) expect(retryAt).toBeGreaterThan(Date.now() - 1_000);
  });
  await hub.start();
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(new Set(waits)).toEqual(new Set([null]));
});

it('counts the gap from the loss, not from the last try', async () => {
  const { server, url } = await serve();
  let links = 0;
  const { hub } = createClient(url, {
    async prepare() {
      // There is no connection to call on yet: the second link fails by this time-out.
      if (++links === 2) await hub.with({ timeout: 200 }).invoke('Echo', 'too early');
    },
  });
  await hub.start();
  server.drop();
  const { gapMs } = await nextEvent(hub, 'restored');
  expect([links, gapMs > 190]).toEqual([3, true]);
});

it('does not take a Close right behind the handshake for a connection', async () => {
  let connects = 0;
  const server = createTestHub({
    onConnected() {
      connects += 1;
      if (connects === 1) throw new Error('The database is down.');
    },
  });
  onTestFinished(() => server.dispose());
  // Without a port the Close comes in the very tick of the handshake: SignalR’s own client then stays “connected” for ever.
  const { url, fetch, WebSocket } = server.inProcess();
  const { hub } = createClient(url, { signalr: { fetch, WebSocket } });
  await hub.start();
  await hub.invoke('Nothing').catch(() => {});
  expect([connects, hub.getSnapshot().status, server.connections().length]).toEqual([2, 'connected', 1]);
});
