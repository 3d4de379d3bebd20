import { act, cleanup, configure, render, screen } from '@testing-library/react';
import { lazy, type ReactNode, startTransition, Suspense, useLayoutEffect, useState } from 'react';
import { afterEach, expect, it } from 'vitest';
import { createHubHooks } from '@org/hub-react';
import { createNews, type NewsHub, startNews } from './news-hub.ts';

// As long as `expect.poll` waits.
configure({ asyncUtilTimeout: 5_000 });

const { HubProvider, useHub, useHubGroup, useHubMessage, useHubQuery, useHubSnapshot, useHubStream } =
  createHubHooks<NewsHub>();

afterEach(cleanup);

function useNews() {
  const hub = useHub();
  return useHubQuery({
    queryKey: ['news'],
    load: () => hub.invoke('History', 'all'),
    on: { Added: (numbers, number) => [...numbers, number] },
    group: 'news',
  });
}

/** Everything that a component can ask of a hub. */
function Everything({ name, heard }: { name: string; heard: string[] }): ReactNode {
  const status = useHubSnapshot((snapshot) => snapshot.status);
  const group = useHubGroup('news');
  const ticks = useHubStream('Ticks', [name]);
  const news = useNews();
  useHubMessage('Added', (number) => heard.push(`${name} ${number}`));
  return (
    <p>
      {name}: {status}, {group.status}, {ticks.data.join()}, {news.data?.join()}
    </p>
  );
}

it('makes one connection for five components under StrictMode, and calls each handler once a message', async () => {
  const { hub, server, facts, ticks } = createNews();
  const heard: string[] = [];
  const names = ['a', 'b', 'c', 'd', 'e'];
  render(
    <HubProvider client={hub} autoStart>
      {names.map((name) => (
        <Everything key={name} name={name} heard={heard} />
      ))}
    </HubProvider>,
    { reactStrictMode: true },
  );
  await screen.findByText('e: connected, joined, , 1,2');
  await expect.poll(() => ticks.length).toBe(5);
  await server.clients.all.send('Added', 3);
  await screen.findByText('a: connected, joined, , 1,2,3');
  expect(heard).toEqual(names.map((name) => `${name} 3`));
  expect(facts.toSorted()).toEqual([
    'History all',
    'JoinGroup news',
    ...names.map((name) => `Ticks ${name}`),
    'connected',
  ]);
});

it('leaves nothing of a component that is thrown away before it is mounted', async () => {
  const { hub, server, facts } = await startNews();
  let there!: () => void;
  const loaded = new Promise<void>((resolve) => (there = resolve));
  const Late = lazy(() => loaded.then(() => ({ default: () => <i>late</i> })));
  const heard: string[] = [];
  const page = (child: ReactNode): ReactNode => (
    <HubProvider client={hub}>
      <Suspense fallback={<i>waiting</i>}>{child}</Suspense>
    </HubProvider>
  );
  const { rerender } = render(
    page(
      <>
        <Everything name="a" heard={heard} />
        <Late />
      </>,
    ),
  );
  // Rendered, and not mounted, for its sibling is not there: now the two are given up.
  await screen.findByText('waiting');
  rerender(page(<b>over</b>));
  await act(async () => there());
  await screen.findByText('over');
  await server.clients.all.send('Added', 3);
  await hub.invoke('History', 'is all that was asked for');
  expect([heard, facts]).toEqual([[], ['connected', 'History is all that was asked for']]);
});

it('shows one state in all components of a transition, however many messages come meanwhile', async () => {
  const { hub, server } = await startNews();
  const News = (): ReactNode => <li>{useNews().data?.length}</li>;
  const shown: string[] = [];
  const Page = (): ReactNode => {
    const [count, setCount] = useState(2);
    useLayoutEffect(() => {
      shown.push([...document.querySelectorAll('li')].map((item) => item.textContent).join());
    });
    // One that is at work in each list, so that it reads what the others read.
    useNews();
    return (
      <ul>
        <button type="button" onClick={() => startTransition(() => setCount((now) => now + 1))} />
        {Array.from({ length: count }, (_, index) => (
          <News key={index} />
        ))}
      </ul>
    );
  };
  render(
    <HubProvider client={hub}>
      <Page />
    </HubProvider>,
  );
  await expect.poll(() => shown.at(-1)).toBe('2,2');
  for (let number = 3; number <= 200; number += 1) {
    await server.clients.all.send('Added', number);
    if (number % 10 === 0) screen.getByRole('button').click();
  }
  await expect.poll(() => shown.at(-1)).toBe(Array.from({ length: 22 }, () => 200).join());
  expect(shown.filter((list) => new Set(list.split(',')).size > 1)).toEqual([]);
});

it('keeps two hubs apart, each with its own set', async () => {
  const [one, other] = [await startNews(), await startNews()];
  const others = createHubHooks<NewsHub>();
  const Both = (): ReactNode => (
    <p>
      {useHubSnapshot((snapshot) => snapshot.connectionId)} {useNews().data?.join()}{' '}
      {others.useHubSnapshot((snapshot) => snapshot.connectionId)} {others.useHubStream('Ticks', ['b']).data.join()}
    </p>
  );
  render(
    <HubProvider client={one.hub}>
      <others.HubProvider client={other.hub}>
        <Both />
      </others.HubProvider>
    </HubProvider>,
  );
  await expect.poll(() => other.ticks.length).toBe(1);
  other.ticks[0]!.enqueue(7);
  const ids = [one, other].map(({ hub }) => hub.getSnapshot().connectionId);
  await screen.findByText(`${ids[0]} 1,2 ${ids[1]} 7`);
  expect(ids[0]).not.toBe(ids[1]);
});
