import type { HubClient } from '@org/hub-core';
import { keyOf, liveQueryId, shareLiveQuery, type SharedLiveQuery } from '@org/hub-core/live';
import type { AnyHubContract } from '@org/hub-testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startInProcess } from './in-process.ts';

type Numbers = SharedLiveQuery<AnyHubContract, number[]>;

afterEach(() => void vi.unstubAllGlobals());

/** Two frames, and what comes over the wire meanwhile. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(40);

interface Asked {
  share: Numbers;
  /** What was shown, each time that the listener was told. */
  shown: (number[] | undefined)[];
  off(): void;
}

function ask(hub: HubClient, options: { queryKey?: unknown[]; name?: string; loads?: string[] } = {}): Asked {
  const { queryKey = ['numbers'], name = 'a', loads = [] } = options;
  const share = shareLiveQuery<AnyHubContract, number[]>(hub as unknown as HubClient<AnyHubContract>, {
    queryKey,
    load: () => (loads.push(name), []),
    on: { Added: (numbers: number[], number: number) => [...numbers, number] } as never,
  });
  const shown: Asked['shown'] = [];
  const off = share.subscribe(() => shown.push(share.getSnapshot().data));
  return { share, shown, off };
}

describe('a key', () => {
  it('is what it says: order of fields is none, big numbers and dates have a place', () => {
    expect(keyOf(['a', { b: 1, c: [2n, new Date(0)] }])).toBe(keyOf(['a', { c: [2n, new Date(0)], b: 1 }]));
    expect(keyOf([1])).not.toBe(keyOf(['1']));
    expect(keyOf(undefined)).toBe('');
  });

  it('tells maps and sets apart by what they hold', () => {
    const keys = [new Set([1]), new Set([2]), new Map([[1, { a: 1 }]]), new Map([[1, { a: 2 }]])].map(keyOf);
    expect(new Set(keys).size).toBe(4);
    expect(keyOf(new Map([[1, { a: 1, b: 2 }]]))).toBe(keyOf(new Map([[1, { b: 2, a: 1 }]])));
  });

  it('cannot be a value that holds itself', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => keyOf([circle])).toThrow(expect.objectContaining({ name: 'HubError', code: 'configuration' }));
  });

  it('tells queries apart with the group and the messages that are heard', () => {
    const ids = [
      { queryKey: ['a'], on: {} },
      { queryKey: ['b'], on: {} },
      { queryKey: ['a'], group: 'a', on: {} },
      { queryKey: ['a'], on: { Added: () => 0 } },
    ].map(liveQueryId);
    expect(new Set(ids).size).toBe(4);
    expect(liveQueryId({ queryKey: ['a'], on: { B: () => 0, A: () => 0 } })).toBe(
      liveQueryId({ queryKey: ['a'], on: { A: () => 1, B: () => 1 } }),
    );
  });
});

describe('who asks under one key', () => {
  it('shares one load and one subscription, and finds the data when it comes later', async () => {
    const { server, hub } = await startInProcess();
    const loads: string[] = [];
    const first = ask(hub, { name: 'first', loads });
    await settle();
    await server.clients.all.send('Added', 1);
    await settle();
    const second = ask(hub, { name: 'second', loads });
    expect(second.share.getSnapshot().data).toEqual([1]);
    await server.clients.all.send('Added', 2);
    await settle();
    expect([first.shown.at(-1), second.shown.at(-1), loads]).toEqual([[1, 2], [1, 2], ['first']]);
    expect(first.share.getSnapshot()).toBe(second.share.getSnapshot());
  });

  it('loads apart under another key, and on another client', async () => {
    const { hub } = await startInProcess();
    const { hub: other } = await startInProcess();
    const loads: string[] = [];
    ask(hub, { name: 'one', loads });
    ask(hub, { name: 'two', queryKey: ['others'], loads });
    ask(other, { name: 'three', loads });
    await settle();
    expect(loads).toEqual(['one', 'two', 'three']);
  });

  it('keeps it for whoever takes over within the tick, and lets go of everything after it', async () => {
    const { server, hub } = await startInProcess();
    const loads: string[] = [];
    const first = ask(hub, { name: 'first', loads });
    await settle();
    first.off();
    first.off();
    const second = ask(hub, { name: 'second', loads });
    await settle();
    await server.clients.all.send('Added', 1);
    await settle();
    expect([second.share.getSnapshot().data, loads]).toEqual([[1], ['first']]);

    second.off();
    await settle();
    expect(second.share.getSnapshot()).toMatchObject({ status: 'pending', data: undefined });
    ask(hub, { name: 'third', loads });
    await settle();
    expect(loads).toEqual(['first', 'third']);
  });

  it('holds nothing before somebody listens', async () => {
    const { hub } = await startInProcess();
    const load = vi.fn(() => []);
    const share = shareLiveQuery(hub, { queryKey: ['nobody'], load, on: {} });
    await settle();
    expect(share.getSnapshot()).toMatchObject({ status: 'pending', fetchStatus: 'idle' });
    expect(load).not.toHaveBeenCalled();
  });

  it('takes the functions of the latest update, and is not loaded again for them', async () => {
    const { server, hub } = await startInProcess();
    const facts: string[] = [];
    const options = (render: number) => ({
      queryKey: ['numbers'],
      load: (): number[] => (facts.push(`load ${render}`), []),
      on: { Added: (numbers: number[], number: number) => [...numbers, number * render] },
    });
    const share = shareLiveQuery(hub, options(1));
    share.subscribe(() => {});
    await settle();
    share.update(options(10));
    await server.clients.all.send('Added', 1);
    await settle();
    expect([share.getSnapshot().data, facts]).toEqual([[10], ['load 1']]);
    share.reload();
    await settle();
    expect(facts).toEqual(['load 1', 'load 10']);
  });
});

it('goes on with the functions of who is still there', async () => {
  const { hub } = await startInProcess();
  const loads: string[] = [];
  const { share } = ask(hub, { name: 'who stays', loads });
  const { share: leaving, off } = ask(hub, { name: 'who goes', loads });
  share.reload();
  await settle();
  expect(loads).toEqual(['who stays', 'who goes']);
  off();
  // Its closures are about other data by now.
  leaving.update({ queryKey: ['numbers'], load: () => (loads.push('who has gone'), []), on: {} });
  share.reload();
  await settle();
  expect(loads.at(-1)).toBe('who stays');
});

describe('a burst', () => {
  /** Frames as a browser gives them while the page is visible: every 10 ms here, so that it is not the timer that is seen. */
  function stubFrames(): void {
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => setTimeout(run, 10));
    vi.stubGlobal('cancelAnimationFrame', (frame: number) => clearTimeout(frame));
  }

  /** A message each ms for a second. */
  async function burst({ server, hub }: Awaited<ReturnType<typeof startInProcess>>): Promise<Asked> {
    const asked = ask(hub);
    await settle();
    asked.shown.length = 0;
    for (let number = 1; number <= 1000; number += 1) {
      await server.clients.all.send('Added', number);
      await vi.advanceTimersByTimeAsync(1);
    }
    await vi.advanceTimersByTimeAsync(100);
    return asked;
  }

  const thousand = Array.from({ length: 1000 }, (_, index) => index + 1);

  it('shows once a frame, all of it and in order', async () => {
    stubFrames();
    const { shown } = await burst(await startInProcess());
    expect(shown.at(-1)).toEqual(thousand);
    expect(shown.length).toBeGreaterThanOrEqual(90);
    expect(shown.length).toBeLessThanOrEqual(102);
  });

  it('shows ten times a second where frames do not come, because the page is hidden', async () => {
    vi.stubGlobal('requestAnimationFrame', () => 1);
    vi.stubGlobal('cancelAnimationFrame', () => {});
    const { shown } = await burst(await startInProcess());
    expect(shown.at(-1)).toEqual(thousand);
    expect(shown.length).toBeGreaterThanOrEqual(9);
    expect(shown.length).toBeLessThanOrEqual(12);
  });

  it('shows a message after a quiet frame at once, and the same snapshot until the next frame', async () => {
    vi.stubGlobal('requestAnimationFrame', () => 1);
    vi.stubGlobal('cancelAnimationFrame', () => {});
    const { server, hub } = await startInProcess();
    const { share } = ask(hub);
    await settle();
    await server.clients.all.send('Added', 1);
    await vi.advanceTimersByTimeAsync(1);
    const shown = share.getSnapshot();
    expect(shown.data).toEqual([1]);
    await server.clients.all.send('Added', 2);
    await vi.advanceTimersByTimeAsync(1);
    expect(share.getSnapshot()).toBe(shown);
    await vi.advanceTimersByTimeAsync(100);
    expect(share.getSnapshot().data).toEqual([1, 2]);
  });

  it('shows a lost connection at once, with all that came before', async () => {
    vi.stubGlobal('requestAnimationFrame', () => 1);
    vi.stubGlobal('cancelAnimationFrame', () => {});
    const { server, hub } = await startInProcess();
    const { share } = ask(hub);
    await settle();
    for (const number of [1, 2]) await server.clients.all.send('Added', number);
    await vi.advanceTimersByTimeAsync(1);
    server.reject(503);
    server.drop();
    await vi.advanceTimersByTimeAsync(1);
    expect(share.getSnapshot()).toMatchObject({ fetchStatus: 'paused', data: [1, 2] });
  });
});

it('hears no message where none is named', async () => {
  const { hub } = await startInProcess();
  // JavaScript lets it be left out.
  const share = shareLiveQuery<AnyHubContract, number>(hub as unknown as HubClient<AnyHubContract>, {
    queryKey: ['a'],
    load: () => 1,
    on: undefined as never,
  });
  share.subscribe(() => {});
  await settle();
  expect(share.getSnapshot()).toMatchObject({ status: 'success', data: 1 });
});

describe('a reducer that throws', () => {
  /** A message each 100 ms, and how often it was loaded when; the reducer throws at what `breaks` names. */
  async function breakAt(breaks: (number: number) => boolean) {
    const { server, hub } = await startInProcess();
    let loads = 0;
    const share = shareLiveQuery<AnyHubContract, number[]>(hub as unknown as HubClient<AnyHubContract>, {
      queryKey: ['numbers'],
      load: () => ((loads += 1), []),
      on: {
        Added(numbers: number[], number: number) {
          if (breaks(number)) throw new Error('No place for it.');
          return [...numbers, number];
        },
      } as never,
      retry: { maxAttempts: 2 },
    });
    share.subscribe(() => {});
    for (let number = 1; number <= 600; number += 1) {
      await server.clients.all.send('Added', number);
      await vi.advanceTimersByTimeAsync(100);
    }
    // The last one may have asked for another load, which waits at most 500 ms.
    await vi.advanceTimersByTimeAsync(600);
    return { share, loads };
  }

  it('at each message has it loaded no more often than a load that fails', async () => {
    const { share, loads } = await breakAt(() => true);
    expect(loads).toBe(3);
    expect(share.getSnapshot()).toMatchObject({
      status: 'error',
      fetchStatus: 'idle',
      failureCount: 3,
      error: new Error('No place for it.'),
    });
  });

  it('now and then has it loaded again each time', async () => {
    const { share, loads } = await breakAt((number) => number % 100 === 0);
    expect(loads).toBe(7);
    expect(share.getSnapshot()).toMatchObject({ status: 'success', error: null, failureCount: 0 });
  });
});

it('names the option that cannot work, at once', async () => {
  const { hub } = await startInProcess();
  expect(() => shareLiveQuery(hub, { queryKey: ['a'], load: undefined as never, on: {} })).toThrow('`load`');
});
