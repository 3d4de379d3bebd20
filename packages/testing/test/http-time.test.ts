import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HubUser } from '../src/index.ts';
import { handshake } from './support/clients.ts';
import { httpWire } from './support/http.ts';
import { testHub } from './support/hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('answers a poll without a message, empty, after 90 s', async () => {
  const client = await httpWire(testHub());
  await client.poll();
  await client.post(handshake);
  await client.poll();
  const answers: string[] = [];
  void client.poll().then((answer) => answers.push(answer));
  await vi.advanceTimersByTimeAsync(89_999);
  expect(answers).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(answers).toEqual(['200']);
});

test('sends no pings to a client that polls, and does not miss its pings', async () => {
  const hub = testHub({ keepAliveInterval: 1_000 });
  const client = await httpWire(hub);
  await client.poll();
  await client.post(handshake);
  await client.poll();
  const answers: string[] = [];
  void client.poll().then((answer) => answers.push(answer));
  await vi.advanceTimersByTimeAsync(80_000);
  expect([answers, hub.connections().length]).toEqual([[], 1]);
});

test('pings on server-sent events', async () => {
  const hub = testHub({ keepAliveInterval: 5_000 });
  const client = await httpWire(hub);
  const stream = await client.events();
  await client.post(handshake);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(stream.log).toEqual([':↵', 'data: {}|↵↵', 'data: {"type":6}|↵↵']);
});

test('gives up a client that does not poll for 15 s, however much it posts', async () => {
  const left: unknown[] = [];
  const hub = testHub({ onDisconnected: (_call, error) => void left.push(error) });
  const client = await httpWire(hub);
  await client.poll();
  await client.post(handshake);
  await client.poll();
  await vi.advanceTimersByTimeAsync(14_999);
  const before = [await client.post({ type: 6 }), left.length];
  await vi.advanceTimersByTimeAsync(1);
  expect([before, left, await client.post({ type: 6 })]).toEqual([
    ['200', 0],
    [undefined],
    '404 No Connection with that ID',
  ]);
});

test('a poll that waits is polling enough, and the next may come 15 s later', async () => {
  const hub = testHub({ pollTimeout: 60_000 });
  const client = await httpWire(hub);
  await client.poll();
  await client.post(handshake);
  await client.poll();
  for (let round = 0; round < 3; round += 1) {
    const poll = client.poll();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await poll).toBe('200');
    await vi.advanceTimersByTimeAsync(14_000);
  }
  expect(hub.connections().length).toBe(1);
});

test('forgets what nobody fetched, 15 s after the hub has closed', async () => {
  const hub = testHub();
  const client = await httpWire(hub);
  await client.poll();
  await client.post(handshake);
  await client.poll();
  const closed = hub.close();
  await vi.advanceTimersByTimeAsync(0);
  await closed;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await client.poll()).toBe('404 No Connection with that ID');
});

test('forgets a negotiated connection that nobody opens', async () => {
  const hub = testHub({ disconnectTimeout: 3_000 });
  const client = await httpWire(hub);
  await vi.advanceTimersByTimeAsync(3_001);
  expect(await client.poll()).toBe('404 No Connection with that ID');
});

/** Tokens are `name-expiry`, the expiry in seconds from the start of the test. */
function expiringHub(): ReturnType<typeof testHub> {
  const start = Date.now();
  return testHub({
    closeOnAuthenticationExpiration: true,
    authenticate({ token }): HubUser | null {
      const [userId, seconds] = (token ?? '').split('-');
      const expiresAt = start + Number(seconds) * 1_000;
      return expiresAt > Date.now() ? { userId: userId!, expiresAt } : null;
    },
  });
}

test('server-sent events end with the token of their GET: sends are refused at once, and the stream within a second', async () => {
  const client = await httpWire(expiringHub(), '&access_token=ann-3.5');
  const stream = await client.events();
  await client.post(handshake);
  await vi.advanceTimersByTimeAsync(3_499);
  const before = [await client.post({ type: 6 }), stream.log.length];
  await vi.advanceTimersByTimeAsync(1);
  const newer = await client.ask('POST', { body: '{"type":6}\x1e', query: '&access_token=ann-60' });
  expect([before, await client.post({ type: 6 }), newer]).toEqual([['200', 2], '401', '200']);
  await vi.advanceTimersByTimeAsync(500);
  expect(stream.log.slice(2)).toEqual(['data: {"type":7,"allowReconnect":true}|↵↵', 'ended']);
});

test('a long poll moves the expiry when it is sent, and a POST does not', async () => {
  const client = await httpWire(expiringHub(), '&access_token=ann-3');
  await client.poll();
  await client.ask('POST', { body: `${JSON.stringify(handshake)}\x1e`, query: '&access_token=ann-60' });
  expect(await client.poll({ query: '&access_token=ann-6' })).toBe('200 {}|');
  await vi.advanceTimersByTimeAsync(5_900);
  const answers: string[] = [];
  void client.poll({ query: '&access_token=ann-8' }).then((answer) => answers.push(answer));
  await vi.advanceTimersByTimeAsync(2_000);
  const before = [...answers];
  await vi.advanceTimersByTimeAsync(1_100);
  expect([before, answers]).toEqual([[], ['200 {"type":7,"allowReconnect":true}|']]);
});

test('leaves no timer behind', async () => {
  const hub = testHub();
  const [waiting, between, closed] = [await httpWire(hub), await httpWire(hub), await httpWire(hub)];
  for (const client of [waiting, between, closed]) {
    await client.poll();
    await client.post(handshake);
    await client.poll();
  }
  const poll = waiting.poll();
  await closed.delete();
  const stream = await (await httpWire(hub)).events();
  await hub.dispose();
  expect([await poll, await stream.until(2), vi.getTimerCount()]).toEqual(['nothing', [':↵', 'died'], 0]);
});
