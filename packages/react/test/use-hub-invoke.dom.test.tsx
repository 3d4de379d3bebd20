import { cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { createHubHooks, type HubClient } from '@org/hub-react';
import { type NewsHub, startNews } from './news-hub.ts';

const { HubProvider, useHubInvoke } = createHubHooks<NewsHub>();

afterEach(cleanup);

/** The hook in a component whose provider can be given another client. */
function renderDouble(first: HubClient<NewsHub>) {
  let client = first;
  const shown: string[] = [];
  const wrapper = ({ children }: { children: ReactNode }): ReactNode => (
    <HubProvider client={client}>{children}</HubProvider>
  );
  const { result, rerender, unmount } = renderHook(
    () => {
      const double = useHubInvoke('Double');
      shown.push([double.status, double.data ?? double.error?.message].filter(Boolean).join(' '));
      return double;
    },
    { wrapper },
  );
  return {
    shown,
    unmount,
    current: () => result.current,
    rerender: () => rerender(),
    provide(other: HubClient<NewsHub>) {
      client = other;
      rerender();
    },
  };
}

it('shows how a call stands, and hands its result to whoever waits for it', async () => {
  const { hub, doubles } = await startNews();
  const { current, shown } = renderDouble(hub);
  const result = current().invoke(21);
  await expect.poll(() => doubles.length).toBe(1);
  doubles[0]!.resolve(42);
  expect(await result).toBe(42);
  await expect.poll(() => shown).toEqual(['idle', 'pending', 'success 42']);
});

it('shows a failure, rejects for whoever waits, and leaves no rejection behind where nobody does', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const { hub, server } = await startNews();
  const { current, shown } = renderDouble(hub);
  await hub.stop();
  await expect(current().invoke(1)).rejects.toMatchObject({ code: 'closed' });
  void current().invoke(1);
  await expect.poll(() => shown.at(-1)).toBe('error The connection is stopped.');
  expect(current()).toMatchObject({ error: { code: 'closed' }, data: undefined });
  // Node reports unhandled rejections once the microtasks are through.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unhandled);
  expect([unhandled.mock.calls, server.received()]).toEqual([[], []]);
});

it('shows the latest call, whatever the order of the answers', async () => {
  const { hub, doubles } = await startNews();
  const { current, shown } = renderDouble(hub);
  const first = current().invoke(1);
  const second = current().invoke(2);
  await expect.poll(() => doubles.length).toBe(2);
  doubles[1]!.resolve(4);
  await second;
  doubles[0]!.resolve(2);
  expect(await first).toBe(2);
  await expect.poll(() => shown.at(-1)).toBe('success 4');
  expect(shown).not.toContain('success 2');
});

it('keeps its functions, and forgets the latest call on reset(), which the server goes on with', async () => {
  const { hub, doubles } = await startNews();
  const { current, rerender } = renderDouble(hub);
  const { invoke, reset } = current();
  const result = invoke(1);
  await expect.poll(() => [current().status, doubles.length]).toEqual(['pending', 1]);
  reset();
  await expect.poll(() => current().status).toBe('idle');
  doubles[0]!.resolve(2);
  expect(await result).toBe(2);
  rerender();
  expect(current()).toEqual({ status: 'idle', data: undefined, error: null, invoke, reset });
});

it('begins anew with another client of the provider', async () => {
  const [one, other] = [await startNews(), await startNews()];
  const { current, provide, shown } = renderDouble(one.hub);
  void current().invoke(1);
  await expect.poll(() => one.doubles.length).toBe(1);
  provide(other.hub);
  expect(current().status).toBe('idle');
  one.doubles[0]!.resolve(2);
  const result = current().invoke(2);
  await expect.poll(() => other.doubles.length).toBe(1);
  other.doubles[0]!.resolve(4);
  expect(await result).toBe(4);
  await expect.poll(() => shown.slice(-3)).toEqual(['idle', 'pending', 'success 4']);
});

it('leaves a running call alone on unmount', async () => {
  const { hub, server, doubles } = await startNews();
  const { current, unmount, shown } = renderDouble(hub);
  const result = current().invoke(1);
  await expect.poll(() => doubles.length).toBe(1);
  unmount();
  const completed = server.waitFor('completed');
  doubles[0]!.resolve(2);
  expect([await result, (await completed).error]).toEqual([2, undefined]);
  expect(shown.at(-1)).toBe('pending');
});
