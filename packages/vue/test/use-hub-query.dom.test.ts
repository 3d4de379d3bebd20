import { afterEach, describe, expect, it, vi } from 'vitest';
import { computed, nextTick, type Ref, ref, watchEffect } from 'vue';
import type { HubClient, HubQuery, HubQueryOptions } from '@org/hub-vue';
import { createNews, type NewsHub, startNews } from '../../react/test/news-hub.ts';
import { mount, news, text, use, type Used } from './news.ts';

type Options = Partial<HubQueryOptions<NewsHub, number[]>>;

afterEach(() => void vi.unstubAllGlobals());

/** What a component would write. */
function newsOf(topic: Ref<string> | string = 'all', options: Options = {}): HubQuery<number[]> {
  const hub = news.useHub();
  return news.useHubQuery({
    queryKey: ['news', topic],
    load: () => hub.invoke('History', typeof topic === 'string' ? topic : topic.value),
    on: { Added: (numbers, number) => [...numbers, number] },
    ...options,
  });
}

const useIn = (hub: HubClient<NewsHub>, ...args: Parameters<typeof newsOf>): Used<HubQuery<number[]>> =>
  use(hub, () => newsOf(...args));

describe('one component', () => {
  it('loads once the group is joined, goes on with messages, and lets go of all of it when unmounted', async () => {
    const { hub, server, facts } = createNews();
    const { text: shown, unmount } = mount(hub, () => {
      const { data, status } = newsOf('all', { group: () => 'news' });
      return () => text(`${status.value} ${data.value?.join()}`);
    });
    expect(shown()).toBe('pending undefined');
    await expect.poll(shown).toBe('success 1,2');
    await server.clients.group('news').send('Added', 3);
    await expect.poll(shown).toBe('success 1,2,3');
    unmount();
    await expect.poll(() => facts.at(-1)).toBe('disconnected');
    expect(facts.filter((fact) => fact !== 'LeaveGroup news')).toEqual([
      'connected',
      'JoinGroup news',
      'History all',
      'disconnected',
    ]);
  });

  it('begins without data under another key, and comes back to the one before by loading it again', async () => {
    const { hub, facts } = await startNews();
    const topic = ref('all');
    const { result } = useIn(hub, topic);
    await expect.poll(() => result.status.value).toBe('success');
    topic.value = 'sports';
    // Not one moment of the old key's data.
    expect([result.status.value, result.data.value]).toEqual(['pending', undefined]);
    await expect.poll(() => result.status.value).toBe('success');
    topic.value = 'all';
    await expect.poll(() => result.status.value).toBe('success');
    expect(facts).toEqual(['connected', 'History all', 'History sports', 'History all']);
  });

  it('compares the key by value', async () => {
    const { hub, facts } = await startNews();
    const renders = ref(0);
    const queryKey = computed(() => ['news', { topic: 'all', render: renders.value < 0 }]);
    const { result } = useIn(hub, 'all', { queryKey });
    await expect.poll(() => result.status.value).toBe('success');
    renders.value += 1;
    await nextTick();
    expect([result.status.value, facts]).toEqual(['success', ['connected', 'History all']]);
  });

  it('asks for nothing while it is not enabled, and shows nothing', async () => {
    const { hub, facts } = await startNews();
    const enabled = ref(false);
    const { result } = useIn(hub, 'all', { enabled });
    result.reload();
    await hub.invoke('JoinGroup', 'a word with the server');
    expect(facts).toEqual(['connected', 'JoinGroup a word with the server']);
    expect([result.status.value, result.fetchStatus.value]).toEqual(['pending', 'idle']);
    enabled.value = true;
    await expect.poll(() => result.data.value).toEqual([1, 2]);
    enabled.value = false;
    expect(result.data.value).toBeUndefined();
  });

  it('moves to another group, or to none, with its ref', async () => {
    const { hub, facts } = await startNews();
    const group = ref<string | null>('one');
    const { result } = useIn(hub, 'all', { group });
    await expect.poll(() => result.status.value).toBe('success');
    group.value = null;
    await expect.poll(() => facts).toContain('LeaveGroup one');
    await expect.poll(() => result.status.value).toBe('success');
    expect(facts.filter((fact) => fact.startsWith('History'))).toHaveLength(2);
  });

  it('shows what went wrong with the load, and loads again when asked', async () => {
    const { hub } = await startNews();
    const load = vi.fn<() => number[]>(() => {
      throw new Error('No history today.');
    });
    const { result } = useIn(hub, 'all', { load, retry: false });
    await expect.poll(() => result.status.value).toBe('error');
    expect([result.error.value?.message, result.failureCount.value]).toEqual(['No history today.', 1]);
    load.mockReturnValue([7]);
    result.reload();
    await expect.poll(() => [result.status.value, result.data.value]).toEqual(['success', [7]]);
  });

  it('loads again after a gap, and says meanwhile that the data may be old', async () => {
    const { hub, server, facts } = await startNews();
    const { result } = useIn(hub);
    await expect.poll(() => result.status.value).toBe('success');
    const seen: string[] = [];
    watchEffect(() => seen.push(`${result.fetchStatus.value} ${result.data.value?.join()}`), { flush: 'sync' });
    server.drop();
    await expect.poll(() => facts.filter((fact) => fact === 'History all')).toHaveLength(2);
    await expect.poll(() => result.fetchStatus.value).toBe('idle');
    expect(seen).toEqual(['idle 1,2', 'paused 1,2', 'fetching 1,2', 'idle 1,2']);
  });
});

describe('several components', () => {
  it('share one load and one group under one key', async () => {
    const { hub, server, facts } = await startNews();
    const first = useIn(hub, 'all', { group: 'news' });
    const second = useIn(hub, 'all', { group: 'news' });
    await expect.poll(() => second.result.data.value).toEqual([1, 2]);
    await server.clients.group('news').send('Added', 3);
    await expect
      .poll(() => [first.result.data.value, second.result.data.value])
      .toEqual([
        [1, 2, 3],
        [1, 2, 3],
      ]);
    expect(first.result.data.value).toBe(second.result.data.value);
    first.stop();
    await server.clients.group('news').send('Added', 4);
    await expect.poll(() => second.result.data.value).toEqual([1, 2, 3, 4]);
    expect(facts).toEqual(['connected', 'JoinGroup news', 'History all']);
  });

  it('keep to their own key where the ref of one of them moves on', async () => {
    const { hub, server, facts } = await startNews();
    const topic = ref('all');
    const staying = useIn(hub, 'all');
    useIn(hub, topic);
    await expect.poll(() => staying.result.status.value).toBe('success');
    topic.value = 'sports';
    await expect.poll(() => facts.at(-1)).toBe('History sports');
    staying.result.reload();
    await expect.poll(() => facts.at(-1)).toBe('History all');
    await server.clients.all.send('Added', 3);
    await expect.poll(() => staying.result.data.value).toEqual([1, 2, 3]);
  });
});

it('renders once a frame, however many messages come, and all of them in order', async () => {
  const frames: (() => void)[] = [];
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
  vi.stubGlobal('cancelAnimationFrame', () => {});
  const { hub, server } = createNews();
  let renders = 0;
  const { text: shown } = mount(hub, () => {
    const { data } = newsOf();
    return () => {
      renders += 1;
      return text(data.value?.join());
    };
  });
  await expect.poll(shown).toBe('1,2');
  const before = renders;
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  for (const number of numbers) await server.clients.all.send('Added', number);
  await expect.poll(shown).toBe([1, 2, ...numbers].join());
  // The first one at once, the rest with the timer that is there for a page without frames.
  expect(renders - before).toBeLessThan(20);
});
