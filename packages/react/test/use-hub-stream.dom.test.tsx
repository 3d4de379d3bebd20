import { cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, it } from 'vitest';
import { createHubHooks, type HubClient, type HubStreamOptions } from '@org/hub-react';
import { createNews, type NewsHub, startNews } from './news-hub.ts';

const { HubProvider, useHubStream } = createHubHooks<NewsHub>();

afterEach(cleanup);

interface Props extends HubStreamOptions {
  symbol: string;
}

function renderTicks(hub: HubClient<NewsHub>, initialProps: Props = { symbol: 'A' }, autoStart = false) {
  let renders = 0;
  const { result, rerender, unmount } = renderHook(
    ({ symbol, ...options }: Props) => {
      renders += 1;
      // New arguments at each render, as a component writes them.
      return useHubStream('Ticks', [symbol, { step: 1 }], options);
    },
    {
      initialProps,
      reactStrictMode: true,
      wrapper: ({ children }: { children: ReactNode }) => (
        <HubProvider client={hub} autoStart={autoStart}>
          {children}
        </HubProvider>
      ),
    },
  );
  return { current: () => result.current, rerender, unmount, renders: () => renders };
}

it('opens once, under StrictMode and with new arguments that say the same, and shows the items', async () => {
  const { hub, facts, ticks } = createNews();
  const { current, rerender, unmount } = renderTicks(hub, { symbol: 'A' }, true);
  expect(current()).toEqual({ status: 'pending', data: [], error: null });
  await expect.poll(() => ticks.length).toBe(1);
  rerender({ symbol: 'A' });
  for (const item of [1, 2]) ticks[0]!.enqueue(item);
  await expect.poll(current).toEqual({ status: 'streaming', data: [1, 2], error: null });
  rerender({ symbol: 'A' });
  unmount();
  await expect.poll(() => facts.at(-1)).toBe('disconnected');
  expect(facts).toEqual(['connected', 'Ticks A [object Object]', 'cancelled A', 'disconnected']);
});

it('is cancelled on the server on unmount, and where it is not enabled any more', async () => {
  const { hub, facts, ticks } = await startNews();
  const { current, rerender, unmount } = renderTicks(hub, { symbol: 'A', enabled: false });
  await hub.invoke('History', 'the server has heard nothing before');
  rerender({ symbol: 'A', enabled: true });
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.enqueue(1);
  await expect.poll(() => current().data).toEqual([1]);
  rerender({ symbol: 'A', enabled: false });
  expect(current()).toEqual({ status: 'pending', data: [], error: null });
  await expect.poll(() => facts.at(-1)).toBe('cancelled A');
  rerender({ symbol: 'A', enabled: true });
  await expect.poll(() => ticks.length).toBe(2);
  unmount();
  await expect.poll(() => facts.filter((fact) => fact === 'cancelled A')).toHaveLength(2);
  expect(facts.slice(0, 2)).toEqual(['connected', 'History the server has heard nothing before']);
});

it('is another stream with other arguments, without the items of the one before', async () => {
  const { hub, facts, ticks } = await startNews();
  const { current, rerender } = renderTicks(hub);
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.enqueue(1);
  await expect.poll(() => current().data).toEqual([1]);
  rerender({ symbol: 'B' });
  expect(current()).toEqual({ status: 'pending', data: [], error: null });
  await expect.poll(() => ticks.length).toBe(2);
  ticks[1]!.enqueue(7);
  await expect.poll(() => current().data).toEqual([7]);
  expect(facts).toContain('cancelled A');
});

it('opens again by itself after a lost connection, and shows the old items until the first new one', async () => {
  const { hub, server, ticks } = await startNews();
  const { current } = renderTicks(hub);
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.enqueue(1);
  await expect.poll(() => current().data).toEqual([1]);
  server.drop();
  await expect.poll(() => ticks.length).toBe(2);
  expect(current()).toEqual({ status: 'pending', data: [1], error: null });
  ticks[1]!.enqueue(2);
  await expect.poll(current).toEqual({ status: 'streaming', data: [2], error: null });
});

it('says when it has ended, and why', async () => {
  const { hub, ticks } = await startNews();
  const { current, rerender } = renderTicks(hub);
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.enqueue(1);
  ticks[0]!.close();
  await expect.poll(current).toEqual({ status: 'done', data: [1], error: null });
  rerender({ symbol: 'B' });
  await expect.poll(() => ticks.length).toBe(2);
  ticks[1]!.error(new Error('Out of order.'));
  await expect.poll(current).toMatchObject({ status: 'error', error: { code: 'method-failed' } });
});

it('keeps the last items of a burst, and renders a few times for hundreds', async () => {
  const { hub, ticks } = await startNews();
  const { current, renders } = renderTicks(hub, { symbol: 'A', keep: 3 });
  await expect.poll(() => ticks.length).toBe(1);
  const before = renders();
  for (let item = 1; item <= 500; item += 1) ticks[0]!.enqueue(item);
  await expect.poll(() => current().data).toEqual([498, 499, 500]);
  // Twice under StrictMode: the first item, and some frames.
  expect(renders() - before).toBeLessThan(100);
});
