import { expect, it, onTestFinished, vi } from 'vitest';
import { isReadonly, nextTick, ref } from 'vue';
import type { HubInvocation } from '@org/hub-vue';
import { startNews } from '../../react/test/news-hub.ts';
import { news, use } from './news.ts';

type Call = Pick<HubInvocation<never, unknown>, 'status' | 'data' | 'error'>;

const shown = ({ status, data, error }: Call): unknown[] => [status.value, data.value, error.value?.message];

it('shows the call under way, its result, and nothing after reset()', async () => {
  const { hub, doubles } = await startNews();
  const { result } = use(hub, () => news.useHubInvoke('Double'));
  expect(shown(result)).toEqual(['idle', undefined, undefined]);
  const { invoke, reset } = result;
  const call = invoke(4);
  await expect.poll(() => doubles.length).toBe(1);
  expect(shown(result)).toEqual(['pending', undefined, undefined]);
  doubles[0]!.resolve(8);
  expect(await call).toBe(8);
  await expect.poll(() => shown(result)).toEqual(['success', 8, undefined]);
  reset();
  await expect.poll(() => shown(result)).toEqual(['idle', undefined, undefined]);
});

it('shows the latest call, whichever is answered first', async () => {
  const { hub, doubles } = await startNews();
  const { result } = use(hub, () => news.useHubInvoke('Double'));
  const calls = [result.invoke(1), result.invoke(2)];
  await expect.poll(() => doubles.length).toBe(2);
  doubles[1]!.resolve(4);
  await calls[1];
  doubles[0]!.resolve(2);
  expect(await Promise.all(calls)).toEqual([2, 4]);
  await nextTick();
  expect(result.data.value).toBe(4);
});

it('shows a failure; it rejects for who waits, and is not unhandled where nobody does', async () => {
  const { hub, doubles } = await startNews();
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  const { result } = use(hub, () => news.useHubInvoke('Double'));
  void result.invoke(1);
  await expect.poll(() => doubles.length).toBe(1);
  doubles[0]!.reject(new Error('A secret of the server.'));
  await expect.poll(() => result.status.value).toBe('error');
  expect(result.error.value).toMatchObject({ code: 'method-failed' });
  // Node reports unhandled rejections once the microtasks are through.
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).not.toHaveBeenCalled();
  const awaited = result.invoke(2);
  await expect.poll(() => doubles.length).toBe(2);
  doubles[1]!.reject(new Error('Again.'));
  await expect(awaited).rejects.toMatchObject({ code: 'method-failed' });
});

it('lets a running call be after the scope, and shows nothing of it', async () => {
  const { hub, doubles, facts } = await startNews();
  const { result, stop } = use(hub, () => news.useHubInvoke('Double'));
  const call = result.invoke(4);
  await expect.poll(() => doubles.length).toBe(1);
  stop();
  doubles[0]!.resolve(8);
  expect(await call).toBe(8);
  await nextTick();
  expect(result.status.value).toBe('pending');
  expect(facts).toEqual(['connected', 'Double 4']);
});

it('begins anew when the method is another one', async () => {
  const { hub } = await startNews();
  const method = ref<'Double' | 'History'>('History');
  const { result } = use(hub, () => news.useHubInvoke(method));
  await (result.invoke as (topic: string) => Promise<unknown>)('all');
  await expect.poll(() => result.data.value).toEqual([1, 2]);
  method.value = 'Double';
  expect(shown(result)).toEqual(['idle', undefined, undefined]);
});

it('gives refs that nobody else can write', async () => {
  const { hub } = await startNews();
  const { result } = use(hub, () => news.useHubInvoke('Double'));
  expect([result.data, result.status, result.error].map(isReadonly)).toEqual([true, true, true]);
});
