import { afterEach, expect, it, vi } from 'vitest';
import { nextTick, reactive, ref, watch } from 'vue';
import { createNews, startNews } from '../../react/test/news-hub.ts';
import { news, use } from './news.ts';

afterEach(() => void vi.unstubAllGlobals());

it('shows what comes, until the server has ended it', async () => {
  const { hub, ticks } = createNews();
  const { result } = use(hub, () => news.useHubStream('Ticks', ['ACME']));
  expect([result.status.value, result.data.value, result.error.value]).toEqual(['pending', [], null]);
  await hub.start();
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.enqueue(1);
  await expect.poll(() => result.data.value).toEqual([1]);
  expect(result.status.value).toBe('streaming');
  ticks[0]!.enqueue(2);
  ticks[0]!.close();
  await expect.poll(() => result.status.value).toBe('done');
  expect(result.data.value).toEqual([1, 2]);
});

it('is cancelled on the server with the scope', async () => {
  const { hub, ticks, facts } = await startNews();
  const { stop } = use(hub, () => news.useHubStream('Ticks', ['ACME']));
  await expect.poll(() => ticks.length).toBe(1);
  stop();
  await expect.poll(() => facts.at(-1)).toBe('cancelled ACME');
});

it('takes arguments as a getter, and compares them by value', async () => {
  const { hub, ticks, facts } = await startNews();
  const options = reactive({ step: 1 });
  const symbol = ref('ACME');
  const renders = ref(0);
  const { result } = use(hub, () => news.useHubStream('Ticks', () => (renders.value, [symbol.value, { ...options }])));
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.enqueue(1);
  await expect.poll(() => result.data.value).toEqual([1]);
  renders.value += 1;
  options.step = 1;
  await nextTick();
  expect(result.data.value).toEqual([1]);
  options.step = 2;
  // Not one moment of the old one's items.
  expect([result.status.value, result.data.value]).toEqual(['pending', []]);
  await expect.poll(() => ticks.length).toBe(2);
  symbol.value = 'INIT';
  await expect.poll(() => ticks.length).toBe(3);
  await expect
    .poll(() => facts)
    .toEqual([
      'connected',
      'Ticks ACME [object Object]',
      'Ticks ACME [object Object]',
      'cancelled ACME',
      'Ticks INIT [object Object]',
      'cancelled ACME',
    ]);
});

it('opens nothing while it is not enabled, and shows nothing', async () => {
  const { hub, ticks, facts } = await startNews();
  const enabled = ref(false);
  const { result } = use(hub, () => news.useHubStream('Ticks', ['ACME'], { enabled }));
  await hub.invoke('History', 'all');
  expect(ticks).toHaveLength(0);
  enabled.value = true;
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.enqueue(1);
  await expect.poll(() => result.data.value).toEqual([1]);
  enabled.value = false;
  expect(result.data.value).toEqual([]);
  await expect.poll(() => facts.at(-1)).toBe('cancelled ACME');
});

it('is opened again after a lost connection', async () => {
  const { hub, server, ticks } = await startNews();
  const { result } = use(hub, () => news.useHubStream('Ticks', ['ACME']));
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.enqueue(1);
  await expect.poll(() => result.data.value).toEqual([1]);
  server.drop();
  await expect.poll(() => ticks.length).toBe(2);
  expect([result.status.value, result.data.value, result.error.value]).toEqual(['pending', [1], null]);
  ticks[1]!.enqueue(7);
  await expect.poll(() => result.data.value).toEqual([7]);
});

it('shows a refusal of the server', async () => {
  const { hub, ticks } = await startNews();
  const { result } = use(hub, () => news.useHubStream('Ticks', ['ACME']));
  await expect.poll(() => ticks.length).toBe(1);
  ticks[0]!.error(new Error('A secret of the server.'));
  await expect.poll(() => result.status.value).toBe('error');
  expect(result.error.value).toMatchObject({ code: 'method-failed' });
});

it('shows a thousand items once a frame, all of them, in order', async () => {
  const frames: (() => void)[] = [];
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
  vi.stubGlobal('cancelAnimationFrame', () => {});
  const { hub, ticks } = await startNews();
  const { result } = use(hub, () => news.useHubStream('Ticks', ['ACME'], { keep: 999 }));
  let shown = 0;
  watch(result.data, () => (shown += 1), { flush: 'sync' });
  await expect.poll(() => ticks.length).toBe(1);
  const thousand = Array.from({ length: 1000 }, (_, index) => index);
  for (const number of thousand) ticks[0]!.enqueue(number);
  ticks[0]!.close();
  await expect.poll(() => result.status.value).toBe('done');
  expect(result.data.value).toEqual(thousand.slice(1));
  // The first one at once, the last one with the end; in between, the timer where the machine is slow.
  expect(shown).toBeLessThan(20);
});
