import { type HubClient, tokenFrom } from '@org/hub-core';
import { createLiveStream, type LiveStream } from '@org/hub-core/live';
import { type AnyHubContract, createTestTokens, type HubCall } from '@org/hub-testing';
import { expect, it, vi } from 'vitest';
import { startInProcess } from './in-process.ts';

type Call = HubCall<AnyHubContract>;

/** Two frames, and what comes over the wire meanwhile. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(40);

/** A stream of the caller’s numbers, one each ms; what was opened and cancelled, in order. */
function streams() {
  const facts: string[] = [];
  return {
    facts,
    streams: {
      *Count(_: Call, to: number) {
        facts.push(`open Count ${to}`);
        for (let number = 1; number <= to; number += 1) yield number;
      },
      async *Ticks({ signal, userId }: Call) {
        facts.push('open Ticks');
        signal.addEventListener('abort', () => facts.push('over'));
        for (let number = 1; !signal.aborted; number += 1) {
          yield `${userId ?? 'tick'} ${number}`;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      },
      // eslint-disable-next-line require-yield -- it has nothing to say
      async *Silent({ signal }: Call): AsyncGenerator<string> {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      },
      // eslint-disable-next-line require-yield -- it fails before it has anything
      *Broken() {
        facts.push('open Broken');
        throw new Error('A secret of the server.');
      },
    },
  };
}

interface Watched {
  stream: LiveStream<unknown>;
  /** Status and items, each time that the listener was told. */
  told: [status: string, items: number][];
  off(): void;
}

function watch(hub: HubClient, method: string, args: unknown[] = [], options = {}): Watched {
  const stream = createLiveStream(hub, method, args, options);
  const told: Watched['told'] = [];
  const off = stream.subscribe(() => {
    const { status, data } = stream.getSnapshot();
    told.push([status, data.length]);
  });
  return { stream, told, off };
}

it('shows what comes until the server has ended it', async () => {
  const { facts, streams: given } = streams();
  const { hub } = await startInProcess({ streams: given });
  const { stream, told } = watch(hub, 'Count', [3]);
  expect(stream.getSnapshot()).toEqual({ status: 'pending', data: [], error: null });
  await settle();
  expect(stream.getSnapshot()).toEqual({ status: 'done', data: [1, 2, 3], error: null });
  expect(told.at(-1)).toEqual(['done', 3]);
  expect(facts).toEqual(['open Count 3']);
});

it('waits for the connection, and is opened once', async () => {
  const { facts, streams: given } = streams();
  const { server, hub } = await startInProcess({ streams: given });
  await hub.stop();
  const { stream } = watch(hub, 'Count', [3]);
  await settle();
  expect([stream.getSnapshot().status, facts]).toEqual(['pending', []]);
  await hub.start();
  await settle();
  expect([stream.getSnapshot().data, facts]).toEqual([[1, 2, 3], ['open Count 3']]);
  // What has ended is not begun again.
  server.drop();
  await vi.advanceTimersByTimeAsync(1000);
  expect([hub.getSnapshot().gaps, stream.getSnapshot().status, facts]).toEqual([2, 'done', ['open Count 3']]);
});

it('shows items once a frame, in order, and no more than are to be kept', async () => {
  const { streams: given } = streams();
  const { hub } = await startInProcess({ streams: given });
  const { stream, told } = watch(hub, 'Ticks', [], { keep: 10 });
  await vi.advanceTimersByTimeAsync(1000);
  const numbers = stream.getSnapshot().data.map((item) => Number(String(item).slice(5)));
  expect(numbers).toHaveLength(10);
  expect(numbers).toEqual(Array.from({ length: 10 }, (_, index) => numbers[0]! + index));
  expect(numbers.at(-1)).toBeGreaterThan(900);
  // A frame is 16 ms where there is no window.
  expect(told.length).toBeLessThan(70);
});

it('is cancelled on the server a tick after nobody listens, and opened once by who comes and goes in between', async () => {
  const { facts, streams: given } = streams();
  const { hub } = await startInProcess({ streams: given });
  const { stream, off } = watch(hub, 'Ticks');
  off();
  off();
  const again = stream.subscribe(() => {});
  await settle();
  expect(facts).toEqual(['open Ticks']);
  again();
  await settle();
  expect(facts).toEqual(['open Ticks', 'over']);
  expect(stream.getSnapshot()).toEqual({ status: 'pending', data: [], error: null });
});

it('is opened again after a lost connection, and shows what came before until the first item', async () => {
  const { facts, streams: given } = streams();
  const { server, hub } = await startInProcess({ streams: given });
  const { stream } = watch(hub, 'Ticks');
  await settle();
  const allow = server.reject(503);
  server.drop();
  await vi.advanceTimersByTimeAsync(5);
  const before = stream.getSnapshot();
  expect(before.status).toBe('pending');
  expect(before.data.length).toBeGreaterThan(20);
  allow();
  await vi.advanceTimersByTimeAsync(300);
  expect(stream.getSnapshot()).toMatchObject({ status: 'streaming', data: expect.arrayContaining(['tick 1']) });
  expect(stream.getSnapshot().data.filter((item) => item === 'tick 1')).toHaveLength(1);
  expect(facts).toEqual(['open Ticks', 'over', 'open Ticks']);
});

it('goes on after a rotation by overlap, which ends streams and no connection', async () => {
  const { facts, streams: given } = streams();
  const tokens = createTestTokens();
  const auth = tokenFrom(() => tokens.issue({ sub: 'ann', expiresIn: 600 }));
  const { hub } = await startInProcess(
    { streams: given, authenticate: tokens.authenticate },
    { auth, rotation: 'overlap' },
  );
  const { stream } = watch(hub, 'Ticks');
  await settle();
  const rotated = hub.refreshAuthentication();
  // Calls have 10 s to come to their end; tokens are signed in real time, which waitFor gives between its steps.
  await vi.waitFor(async () => {
    await vi.advanceTimersByTimeAsync(1000);
    expect(facts).toContain('over');
  }, 4000);
  await rotated;
  await settle();
  expect(stream.getSnapshot().status).toBe('streaming');
  expect([facts, hub.getSnapshot().gaps]).toEqual([['open Ticks', 'over', 'open Ticks'], 0]);
});

it('rests when the server refuses it, and is tried again after the next gap', async () => {
  const { facts, streams: given } = streams();
  const { server, hub } = await startInProcess({ streams: given });
  const { stream } = watch(hub, 'Broken');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(stream.getSnapshot()).toMatchObject({ status: 'error', data: [], error: { code: 'method-failed' } });
  expect(facts).toEqual(['open Broken']);
  server.drop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(facts).toEqual(['open Broken', 'open Broken']);
});

it('shows nothing of one user to another', async () => {
  const { streams: given } = streams();
  const tokens = createTestTokens();
  let user = 'ann';
  let tell = (_: 'signed-in'): void => {};
  const auth = tokenFrom(() => tokens.issue({ sub: user, expiresIn: 600 }), {
    subscribe: (listener) => ((tell = listener), () => {}),
  });
  const { hub } = await startInProcess({ streams: given, authenticate: tokens.authenticate }, { auth });
  const { stream } = watch(hub, 'Ticks');
  const seen: string[] = [];
  hub.subscribe(() => seen.push(`${hub.getSnapshot().userId} sees ${String(stream.getSnapshot().data[0])}`));
  await settle();
  expect(stream.getSnapshot().data[0]).toBe('ann 1');
  user = 'bob';
  tell('signed-in');
  await vi.waitFor(() => expect(stream.getSnapshot().data[0]).toBe('bob 1'), 4000);
  expect(seen).not.toContain('bob sees ann 1');
  expect(seen).toContain('bob sees undefined');
});

it('is opened again for a visitor who signs in, though it had ended', async () => {
  let user: string | null = null;
  let tell = (_: 'signed-in'): void => {};
  const auth = tokenFrom(() => user && { token: 'opaque', userId: user }, {
    subscribe: (listener) => ((tell = listener), () => {}),
  });
  const news = () => [user ?? 'public'].values();
  const { hub } = await startInProcess({ streams: { News: news } }, { auth, anonymous: 'connect' });
  const { stream } = watch(hub, 'News');
  await settle();
  expect(stream.getSnapshot()).toEqual({ status: 'done', data: ['public'], error: null });
  user = 'ann';
  tell('signed-in');
  await vi.advanceTimersByTimeAsync(1000);
  expect(stream.getSnapshot()).toEqual({ status: 'done', data: ['ann'], error: null });
});

it('waits without turning where the client is stopped, and leaves no timer', async () => {
  const { streams: given } = streams();
  const { hub } = await startInProcess({ streams: given });
  const { stream, off } = watch(hub, 'Silent');
  await settle();
  await hub.stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(stream.getSnapshot().status).toBe('pending');
  off();
  await settle();
  expect(vi.getTimerCount()).toBe(0);
});

it('names the option that cannot work', async () => {
  const { hub } = await startInProcess();
  expect(() => createLiveStream(hub, 'Count', [1], { keep: 0 })).toThrow('`keep`');
});
