import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { handshake, inMemory, textOf } from './support/clients.ts';
import { testHub } from './support/hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('pings a client that was told nothing for 15 s', async () => {
  const hub = testHub();
  const client = await inMemory(hub);
  client.send(handshake);
  await vi.advanceTimersByTimeAsync(10_000);
  await hub.clients.all.send('Heard', 1);
  await vi.advanceTimersByTimeAsync(14_000);
  const before = client.log.length;
  await vi.advanceTimersByTimeAsync(1_000);
  expect([before, client.log]).toEqual([2, ['{}', '{"type":1,"target":"Heard","arguments":[1]}', '{"type":6}']]);
});

test('closes a client that pinged and then says nothing for 30 s, but neither one that goes on nor one that never pings', async () => {
  const hub = testHub();
  const [silent, pinging, never] = [await inMemory(hub), await inMemory(hub), await inMemory(hub)];
  for (const client of [silent, pinging]) client.send(handshake, { type: 6 });
  never.send(handshake);
  await vi.advanceTimersByTimeAsync(20_000);
  pinging.send({ type: 6 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(silent.log.slice(-2)).toEqual([
    '{"type":7,"error":"Connection closed with an error.","allowReconnect":true}',
    'closed 1000',
  ]);
  expect([pinging.log.at(-1), never.log.at(-1)]).toEqual(['{"type":6}', '{"type":6}']);
});

test('gives up on a client that does not shake hands within 15 s', async () => {
  const client = await inMemory(testHub());
  await vi.advanceTimersByTimeAsync(15_000);
  expect(client.log).toEqual(['{"error":"Handshake was canceled."}', 'closed 1000']);
});

test('forgets a negotiated connection that nobody opens', async () => {
  const hub = testHub();
  const negotiate = async (): Promise<string> => {
    const answer = await hub.handleRequest({ method: 'POST', url: '/hub/negotiate?negotiateVersion=1' });
    return JSON.parse(await textOf(answer)).connectionToken;
  };
  const [early, late] = [await negotiate(), await negotiate()];
  await inMemory(hub, { url: `/hub?id=${early}` });
  await vi.advanceTimersByTimeAsync(15_001);
  await negotiate();
  await expect(inMemory(hub, { url: `/hub?id=${late}` })).rejects.toThrow('Refused with 404.');
});

test('leaves no timer behind', async () => {
  const hub = testHub();
  const [gone, connected] = [await inMemory(hub), await inMemory(hub)];
  for (const client of [gone, connected]) client.send(handshake);
  await inMemory(hub);
  await connected.until(1);
  gone.close();
  hub.delay(100);
  void hub.clients.all.send('Heard', 1);
  const restarted = hub.restart({ downFor: 1_000 });
  await hub.dispose();
  await restarted;
  expect(vi.getTimerCount()).toBe(0);
});

test('beats on while others come and go more often than it does', async () => {
  const hub = testHub({ keepAliveInterval: 2_000 });
  const stays = await inMemory(hub);
  stays.send(handshake);
  for (let visits = 0; visits < 6; visits += 1) {
    const passes = await inMemory(hub);
    await vi.advanceTimersByTimeAsync(500);
    passes.close();
  }
  expect(stays.log).toEqual(['{}', '{"type":6}']);
});
