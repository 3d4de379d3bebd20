import { cleanup, configure, render, renderHook, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHubHooks, type HubClient, type HubQueryOptions } from '@org/hub-react';
import { createNews, type NewsHub, startNews } from './news-hub.ts';

// As long as `expect.poll` waits.
configure({ asyncUtilTimeout: 5_000 });

const { HubProvider, useHub, useHubQuery } = createHubHooks<NewsHub>();

type Options = Partial<HubQueryOptions<NewsHub, number[]>>;

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Functions are new at each render, as a component writes them. */
function useNews(topic: string, options: Options = {}) {
  const hub = useHub();
  return useHubQuery({
    queryKey: ['news', { topic }],
    load: () => hub.invoke('History', topic),
    on: { Added: (numbers, number) => [...numbers, number] },
    ...options,
  });
}

function renderNews(hub: HubClient<NewsHub>, initialProps: Options & { topic?: string } = {}, autoStart = false) {
  let renders = 0;
  const { result, rerender, unmount } = renderHook(
    ({ topic = 'all', ...options }: Options & { topic?: string }) => {
      renders += 1;
      return useNews(topic, options);
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

describe('one component', () => {
  it('loads once the group is joined, and goes on with messages; lets go of all of it on unmount', async () => {
    const { hub, server, facts } = createNews();
    const { current, unmount } = renderNews(hub, { group: 'news' }, true);
    expect(current()).toMatchObject({ status: 'pending', data: undefined, error: null });
    await expect.poll(current).toMatchObject({ status: 'success', data: [1, 2] });
    await server.clients.group('news').send('Added', 3);
    await expect.poll(() => current().data).toEqual([1, 2, 3]);
    unmount();
    await expect.poll(() => facts.at(-1)).toBe('disconnected');
    expect(facts.filter((fact) => fact !== 'LeaveGroup news')).toEqual([
      'connected',
      'JoinGroup news',
      'History all',
      'disconnected',
    ]);
  });

  it('uses the functions of the latest render, and loads no second time for them', async () => {
    const { hub, server, facts } = await startNews();
    const { current, rerender } = renderNews(hub);
    await expect.poll(() => current().data).toEqual([1, 2]);
    rerender({ load: () => [8], on: { Added: (numbers, number) => [...numbers, number * 10] } });
    await server.clients.all.send('Added', 3);
    await expect.poll(() => current().data).toEqual([1, 2, 30]);
    current().reload();
    await expect.poll(() => current().data).toEqual([8]);
    expect(facts).toEqual(['connected', 'History all']);
  });

  it('is another query under another key: the data of the old one goes, and its load is aborted', async () => {
    const { hub } = await startNews();
    const signals: AbortSignal[] = [];
    const load: Options['load'] = ({ signal }) => (signals.push(signal), new Promise<number[]>(() => {}));
    const { current, rerender } = renderNews(hub, { topic: 'a' });
    await expect.poll(() => current().data).toEqual([1, 2]);
    rerender({ topic: 'b', load });
    expect(current()).toMatchObject({ status: 'pending', data: undefined });
    await expect.poll(() => signals.length).toBe(1);
    rerender({ topic: 'c' });
    await expect.poll(() => current().data).toEqual([1, 2]);
    expect(signals[0]!.aborted).toBe(true);
  });

  it('does nothing while it is not enabled', async () => {
    const { hub, facts } = await startNews();
    const { current, rerender } = renderNews(hub, { enabled: false });
    expect(current()).toMatchObject({ status: 'pending', fetchStatus: 'idle' });
    await hub.invoke('History', 'the server has heard nothing before');
    rerender({ enabled: true });
    await expect.poll(() => current().data).toEqual([1, 2]);
    rerender({ enabled: false });
    expect(current()).toMatchObject({ status: 'pending', data: undefined });
    expect(facts).toEqual(['connected', 'History the server has heard nothing before', 'History all']);
  });

  it('loads again after a gap, and shows a failure with the data so far', async () => {
    const { hub, server } = await startNews();
    const { current, rerender } = renderNews(hub);
    await expect.poll(() => current().data).toEqual([1, 2]);
    rerender({ load: () => Promise.reject(new Error('Out of order.')), retry: false });
    server.drop();
    await expect.poll(current).toMatchObject({ status: 'error', data: [1, 2], error: new Error('Out of order.') });
    rerender({});
    current().reload();
    await expect.poll(current).toMatchObject({ status: 'success', data: [1, 2], error: null });
  });

  it('shows the same object and the same reload() until something changed', async () => {
    const { hub } = await startNews();
    const { current, rerender } = renderNews(hub);
    await expect.poll(() => current().status).toBe('success');
    const before = current();
    rerender({});
    expect(current()).toBe(before);
  });
});

describe('several components', () => {
  const News = ({ name, topic = 'all' }: { name: string; topic?: string }): ReactNode => (
    <p>
      {name}: {useNews(topic).data?.join()}
    </p>
  );

  it('share one load and one list under one key, as long as one of them is there', async () => {
    const { hub, server, facts } = await startNews();
    const page = (...names: string[]): ReactNode => (
      <HubProvider client={hub}>
        {names.map((name) => (
          <News key={name} name={name} />
        ))}
      </HubProvider>
    );
    const { rerender } = render(page('a', 'b'), { reactStrictMode: true });
    await screen.findByText('b: 1,2');
    await server.clients.all.send('Added', 3);
    await screen.findByText('a: 1,2,3');
    rerender(page('b', 'c'));
    // Whoever comes later has the data at once.
    expect(screen.getByText('c: 1,2,3')).toBeDefined();
    rerender(page('d'));
    await server.clients.all.send('Added', 4);
    await screen.findByText('d: 1,2,3,4');
    expect(facts).toEqual(['connected', 'History all']);
  });

  it('load apart under another key, and on another client', async () => {
    const [one, other] = [await startNews(), await startNews()];
    render(
      <HubProvider client={one.hub}>
        <News name="a" />
        <News name="b" topic="sport" />
        <HubProvider client={other.hub}>
          <News name="c" />
        </HubProvider>
      </HubProvider>,
    );
    await screen.findByText('c: 1,2');
    await screen.findByText('b: 1,2');
    expect([one.facts, other.facts]).toEqual([
      ['connected', 'History all', 'History sport'],
      ['connected', 'History all'],
    ]);
  });
});

describe('a burst', () => {
  const burst = Array.from({ length: 1000 }, (_, index) => index + 3);

  it('is shown whole and in order, with some renders for a thousand messages', async () => {
    const { hub, server } = await startNews();
    const { current, renders } = renderNews(hub);
    await expect.poll(() => current().data).toEqual([1, 2]);
    const before = renders();
    for (const number of burst) await server.clients.all.send('Added', number);
    await expect.poll(() => current().data).toEqual([1, 2, ...burst]);
    expect(renders() - before).toBeLessThan(200);
  });

  it('is shown on a page that is hidden, which has no frames', async () => {
    vi.stubGlobal('requestAnimationFrame', () => 0);
    const { hub, server } = await startNews();
    const { current } = renderNews(hub);
    await expect.poll(() => current().data).toEqual([1, 2]);
    for (const number of burst) await server.clients.all.send('Added', number);
    await expect.poll(() => current().data).toEqual([1, 2, ...burst]);
  });
});
