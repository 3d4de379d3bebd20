import type { ReactNode } from 'react';
import { createHubHooks, type HubClient } from '@org/hub-react';
import type { NewsHub } from './news-hub.ts';

const hooks = createHubHooks<NewsHub>();

/** A page that uses each hook, as a server renders it and a browser hydrates it. */
export function EveryHook({ hub }: { hub: HubClient<NewsHub> }): ReactNode {
  return (
    <hooks.HubProvider client={hub} autoStart>
      <News />
    </hooks.HubProvider>
  );
}

function News(): ReactNode {
  const hub = hooks.useHub();
  const status = hooks.useHubSnapshot((snapshot) => snapshot.status);
  const group = hooks.useHubGroup('news');
  const double = hooks.useHubInvoke('Double');
  const ticks = hooks.useHubStream('Ticks', ['A']);
  const news = hooks.useHubQuery({
    queryKey: ['news'],
    load: () => hub.invoke('History', 'all'),
    on: { Added: (numbers, number) => [...numbers, number] },
  });
  hooks.useHubMessage('Removed', () => {});
  hooks.useHubEvent('restored', () => {});
  return <p>{[status, group.status, double.status, ticks.status, news.status, news.data?.join()].join(' ')}</p>;
}

/** What the page says before anything has happened. */
export const atFirst = 'disconnected joining idle pending pending ';
