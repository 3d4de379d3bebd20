import { getEventListeners } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient, createDeferred, nextEvent, serve, until } from './hub.ts';

/** Calls made now wait: the connection is gone, and the next one is held back. */
async function disconnected(options: Parameters<typeof createClient>[1] = {}) {
  const served = await serve();
  const gate = createDeferred();
  let first = true;
  const prepare = async (): Promise<void> => {
    if (!first) await gate.promise;
    first = false;
  };
  const client = createClient(served.url, { prepare, ...options });
  client.hub.join('room');
  await client.hub.start();
  const lost = nextEvent(client.hub, 'reconnecting');
  served.server.drop();
  await lost;
  return { ...served, ...client, comeBack: gate.resolve };
}

it('keeps calls while reconnecting, and sends them once, in order, after the groups', async () => {
  const { hub, calls, comeBack } = await disconnected();
  const before = calls().length;
  const results = [hub.invoke('Echo', 1), hub.send('Echo', 2), hub.invoke('Echo', 3)];
  comeBack();
  expect(await Promise.all(results)).toEqual([1, undefined, 3]);
  expect(calls().slice(before)).toEqual(['JoinGroup room', 'Echo 1', 'Echo 2', 'Echo 3']);
});

it('keeps calls made during the first start', async () => {
  const { url, calls } = await serve();
  const { hub } = createClient(url);
  const started = hub.start();
  expect(await hub.invoke('Echo', 'early')).toBe('early');
  await started;
  expect(calls()).toEqual(['Echo early']);
});

it('rejects at once with whenDisconnected: reject', async () => {
  const { hub, calls, comeBack } = await disconnected();
  const before = calls().length;
  const refused = { code: 'connection-lost', sent: 'no', method: 'Echo' };
  await expect(hub.with({ whenDisconnected: 'reject' }).invoke('Echo', 1)).rejects.toMatchObject(refused);
  await expect(hub.with({ whenDisconnected: 'reject' }).send('Echo', 2)).rejects.toMatchObject(refused);
  comeBack();
  await until(hub, ({ status }) => status === 'connected');
  expect(await hub.with({ whenDisconnected: 'reject' }).invoke('Echo', 3)).toBe(3);
  expect(calls().slice(before)).toEqual(['JoinGroup room', 'Echo 3']);
});

it('gives up calls older than maxAge', async () => {
  const { hub, calls, comeBack } = await disconnected({ outbox: { maxAge: 30 } });
  await expect(hub.invoke('Echo', 'old')).rejects.toMatchObject({ code: 'timeout', sent: 'no', method: 'Echo' });
  comeBack();
  await until(hub, ({ status }) => status === 'connected');
  expect(calls()).not.toContain('Echo old');
});

it('takes maxCalls and no more', async () => {
  const { hub, comeBack } = await disconnected({ outbox: { maxCalls: 2 } });
  const kept = [hub.invoke('Echo', 1), hub.invoke('Echo', 2)];
  await expect(hub.invoke('Echo', 3)).rejects.toMatchObject({ code: 'outbox-full', sent: 'no', retryable: true });
  comeBack();
  expect(await Promise.all(kept)).toEqual([1, 2]);
});

it('does not send a waiting call that was aborted', async () => {
  const { hub, calls, comeBack } = await disconnected();
  const abort = new AbortController();
  const waiting = hub.with({ signal: abort.signal }).invoke('Echo', 'never');
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'aborted', sent: 'no' });
  comeBack();
  expect(await hub.invoke('Echo', 'next')).toBe('next');
  expect(calls()).not.toContain('Echo never');
});

it('lets a waiting call time out', async () => {
  const { hub, calls, comeBack } = await disconnected();
  await expect(hub.with({ timeout: 20 }).invoke('Echo', 'late')).rejects.toMatchObject({ code: 'timeout', sent: 'no' });
  comeBack();
  await until(hub, ({ status }) => status === 'connected');
  expect(calls()).not.toContain('Echo late');
});

it('lets a call in flight time out or be aborted, and ignores its answer', async () => {
  const { url } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  const abort = new AbortController();
  const aborted = hub.with({ signal: abort.signal }).invoke('Hold');
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ code: 'aborted', sent: 'unknown' });
  await expect(hub.with({ timeout: 20 }).invoke('Hold')).rejects.toMatchObject({ code: 'timeout', sent: 'unknown' });
  expect(await hub.invoke('Echo', 'fine')).toBe('fine');
});

it('leaves nothing behind of a call that was answered: no timer, and no listener on a signal that lives on', async () => {
  const { url } = await serve({ streams: { Count: () => [1, 2] } });
  const { hub } = createClient(url);
  await hub.start();
  const { signal } = new AbortController();
  const setTimeout = vi.spyOn(globalThis, 'setTimeout');
  const clearTimeout = vi.spyOn(globalThis, 'clearTimeout');
  onTestFinished(() => void vi.restoreAllMocks());

  await hub.with({ signal, timeout: 123_456 }).invoke('Echo', 1);
  await hub.with({ signal, timeout: 123_456 }).send('Echo', 2);
  for await (const item of hub.with({ signal }).stream('Count')) expect(item).toBeGreaterThan(0);

  expect(getEventListeners(signal, 'abort')).toEqual([]);
  const timers = setTimeout.mock.results.filter((_, index) => setTimeout.mock.calls[index]?.[1] === 123_456);
  expect(timers).toHaveLength(2);
  const cleared = clearTimeout.mock.calls.map(([timer]) => timer);
  for (const { value } of timers) expect(cleared).toContain(value);
});

it('never sends a call again that was in flight', async () => {
  const { server, url, calls } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  const running = server.waitFor('invoked');
  const lost = hub.invoke('Hold');
  await running;
  server.drop();
  await expect(lost).rejects.toMatchObject({
    code: 'connection-lost',
    sent: 'unknown',
    method: 'Hold',
    retryable: true,
  });
  await until(hub, ({ gaps }) => gaps === 1);
  expect(await hub.invoke('Echo', 'on')).toBe('on');
  expect(calls()).toEqual(['Hold', 'Echo on']);
});

it('rejects waiting calls with `closed` on stop()', async () => {
  const { hub } = await disconnected();
  const outcome = expect(hub.invoke('Echo', 1)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  await hub.stop();
  await outcome;
});

it('rejects calls in flight on stop()', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  const running = server.waitFor('invoked');
  const outcome = expect(hub.invoke('Hold')).rejects.toMatchObject({ name: 'HubError', sent: 'unknown' });
  await running;
  await hub.stop();
  await outcome;
});

it('types what a hub method answers with', async () => {
  const { url } = await serve({ methods: { Secret: () => 1 }, authorize: { Secret: { roles: ['admin'] } } });
  const { hub } = createClient(url);
  await hub.start();
  await expect(hub.invoke('Fail')).rejects.toMatchObject({ code: 'method-failed', method: 'Fail', sent: 'yes' });
  await expect(hub.invoke('Secret')).rejects.toMatchObject({ code: 'method-forbidden', method: 'Secret', sent: 'yes' });
  await expect(hub.invoke('Nothing')).rejects.toMatchObject({ code: 'method-failed', method: 'Nothing' });
});

it('rejects a call whose argument cannot be serialised, and goes on', async () => {
  const { url, calls } = await serve();
  const { hub } = createClient(url);
  const started = hub.start();
  const refused = { code: 'method-failed', method: 'Echo', sent: 'no' };
  const outcomes = [
    expect(hub.send('Echo', 1n)).rejects.toMatchObject(refused),
    expect(hub.invoke('Echo', 2n)).rejects.toMatchObject(refused),
  ];
  expect(await hub.invoke('Echo', 3)).toBe(3);
  await Promise.all([started, ...outcomes]);
  expect(calls()).toEqual(['Echo 3']);
});
