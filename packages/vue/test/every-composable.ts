import { defineComponent, h } from 'vue';
import { news } from './news-set.ts';

/** A component that uses all there is, and shows it. */
export const EveryComposable = defineComponent(() => {
  const hub = news.useHub();
  const status = news.useHubSnapshot((snapshot) => snapshot.status);
  const group = news.useHubGroup('news');
  news.useHubMessage('Added', () => {});
  news.useHubEvent('*', () => {});
  const double = news.useHubInvoke('Double');
  const ticks = news.useHubStream('Ticks', ['ACME']);
  const query = news.useHubQuery({
    queryKey: ['news'],
    load: () => hub.invoke('History', 'all'),
    on: { Added: (numbers, number) => [...numbers, number] },
    group: 'news',
  });
  return () =>
    h('ul', [
      h('li', status.value),
      h('li', group.status.value),
      h('li', double.status.value),
      h('li', `${ticks.status.value} ${ticks.data.value.length}`),
      h('li', `${query.status.value} ${query.fetchStatus.value} ${query.data.value?.join() ?? 'nothing'}`),
    ]);
});

/** What a server renders, however far its client is. */
export const rendered =
  '<ul><li>disconnected</li><li>joining</li><li>idle</li><li>pending 0</li><li>pending idle nothing</li></ul>';
