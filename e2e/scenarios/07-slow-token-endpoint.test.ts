/// <reference types="node" />
import { performance } from 'node:perf_hooks';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient, signIn, startServers, unhandledRejections } from './client.ts';
import { fakeClock } from './clock.ts';

it('7. a token end point that takes 30 s is asked once and not cut off, and does not hold up stop()', async () => {
  const { lab, endpoint } = await startServers();
  const rejections = unhandledRejections();
  const { manager, source } = await signIn(endpoint, { expired: true });
  const [patient, other] = [createClient(lab.url, { auth: source }), createClient(lab.url, { auth: source })];
  const aborts = countAborts(endpoint.authority);
  fakeClock();
  endpoint.delay(30_000);

  const started = patient.hub.start();
  const cancelled = expect(other.hub.start()).rejects.toMatchObject({ code: 'closed' });
  await vi.waitFor(() => expect(endpoint.requests).toBe(1));
  const stoppedAt = performance.now();
  await other.hub.stop();
  await cancelled;
  expect(performance.now() - stoppedAt).toBeLessThan(2_000);
  // Again, by the same client: it joins those who wait.
  const again = other.hub.start();
  await vi.advanceTimersByTimeAsync(28_000);
  expect([patient, other].map(({ hub }) => hub.getSnapshot().status)).toEqual(['connecting', 'connecting']);
  expect(await lab.negotiations()).toEqual([]);
  await vi.advanceTimersByTimeAsync(3_000);
  await Promise.all([started, again]);

  expect([endpoint.requests, aborts(), endpoint.familyRevoked]).toEqual([1, 0, false]);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([200, 200]);
  for (const { hub, types } of [patient, other]) {
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann', error: null });
    expect(types('sessionEnded', 'unauthorized')).toEqual([]);
  }
  // What it brought is what is stored: the next renewal works.
  endpoint.delay(0);
  await manager.signinSilent();
  expect([endpoint.requests, endpoint.familyRevoked, rejections]).toEqual([2, false, []]);
});

/** How many requests to this origin were given up by whoever sent them. */
function countAborts(origin: string): () => number {
  const { fetch } = globalThis;
  let aborts = 0;
  vi.stubGlobal('fetch', (input: string, init?: RequestInit) => {
    if (input.startsWith(origin)) init?.signal?.addEventListener('abort', () => (aborts += 1));
    return fetch(input, init);
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return () => aborts;
}
