import { expect, onTestFinished, test, vi } from 'vitest';
import { createTestHub } from '../src/index.ts';
import { handshake, inMemory } from './support/clients.ts';
import { testHub } from './support/hub.ts';

const outcome = (wait: Promise<unknown>): Promise<unknown> =>
  wait.then(
    () => 'came',
    (error: Error) => error.message,
  );

test('waits for the next event that fits, not for one of the past', async () => {
  const hub = testHub({ onConnected: ({ groups, connectionId }) => groups.add(connectionId) });
  const seen: unknown[] = [];
  const first = hub.waitFor('joined');
  const second = hub.waitFor('joined', ({ group }) => {
    seen.push(group);
    return seen.length === 2;
  });
  for (let i = 0; i < 2; i += 1) (await inMemory(hub)).send(handshake);
  expect((await first).group).toBe(seen[0]);
  expect((await second).group).toBe(seen[1]);
});

test('gives a wait up after its time, by its signal, with its predicate and at the end of the hub', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const hub = createTestHub({ onConnected: ({ groups }) => groups.add('lobby') });
  const aborter = new AbortController();
  const outcomes = Promise.all([
    outcome(hub.waitFor('left', undefined, { timeout: 2_000 })),
    outcome(hub.waitFor('left', undefined, { signal: aborter.signal })),
    outcome(hub.waitFor('left', undefined, { signal: AbortSignal.abort(new Error('too late')) })),
    outcome(
      hub.waitFor('joined', () => {
        throw new Error('bad predicate');
      }),
    ),
    outcome(hub.waitFor('joined', undefined, { timeout: 2_000 })),
    outcome(hub.waitFor('left')),
  ]);
  (await inMemory(hub)).send(handshake);
  aborter.abort(new Error('enough'));
  await vi.advanceTimersByTimeAsync(2_000);
  await hub.dispose();
  expect(await outcomes).toEqual([
    "No 'left' within 2000 ms.",
    'enough',
    'too late',
    'bad predicate',
    'came',
    'The test hub was disposed before the event came.',
  ]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a wait that begins after dispose() is over', async () => {
  const hub = createTestHub();
  await hub.dispose();
  expect(await outcome(hub.waitFor('connected'))).toBe('The test hub was disposed before the event came.');
});
