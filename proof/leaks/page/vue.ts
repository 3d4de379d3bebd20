import type { HubClient } from '@org/hub-vue';
import { type App, createApp, defineComponent, h, nextTick, onMounted, shallowRef } from 'vue';
import type { NewsHub } from '../../../packages/react/test/news-hub.ts';
import { EveryComposable } from '../../../packages/vue/test/every-composable.ts';
import { news } from '../../../packages/vue/test/news-set.ts';
import { everythingIsThere, shows, stopped, type Visits, visitsOfPage } from './visits.ts';

/** Calls as soon as it is there. */
const Doubled = defineComponent(() => {
  const { invoke, status, data } = news.useHubInvoke('Double');
  onMounted(() => void invoke(2).catch(() => {}));
  return () => h('p', `${status.value} ${data.value}`);
});

/** Provides the hub once more, as a part of a page may. */
const Visited = defineComponent(
  (props: { hub: HubClient<NewsHub> }) => {
    news.provideHub(props.hub, { autoStart: true });
    return () => h('section', [h(EveryComposable), h(Doubled)]);
  },
  { props: ['hub'] },
);

export function createVisits(hub: HubClient<NewsHub>, element: Element): Visits {
  const visited = shallowRef(false);
  let app: App | null = null;

  async function render(show: boolean): Promise<void> {
    if (!app) {
      app = createApp(() => visited.value && h(Visited, { hub })).use(news.createHubPlugin(hub, { autoStart: true }));
      app.mount(element);
    }
    visited.value = show;
    await nextTick();
  }

  function leave(): Promise<void> {
    app?.unmount();
    app = null;
    return stopped(hub);
  }

  return {
    async none() {
      const nothing = createApp(() => h('p', 'Nothing'));
      nothing.mount(element);
      nothing.unmount();
    },
    async once(index) {
      await render(true);
      if (index % 2 === 0) await shows(element, everythingIsThere);
      await render(false);
      if (index % visitsOfPage === visitsOfPage - 1) await leave();
    },
    async end() {
      await leave();
      await hub.dispose();
    },
  };
}
