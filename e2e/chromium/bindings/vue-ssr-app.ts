import { createHubClient, createHubComposables, type HubClient } from '@org/hub-vue';
import { type App, createSSRApp, defineComponent, h, ref } from 'vue';
import type { LabHub } from '../../lab/index.ts';

const { createHubPlugin, useHub, useHubGroup, useHubInvoke, useHubQuery, useHubSnapshot, useHubStream } =
  createHubComposables<LabHub>();

const News = defineComponent(() => {
  const hub = useHub();
  const status = useHubSnapshot((snapshot) => snapshot.status);
  const group = useHubGroup('news');
  const sum = useHubInvoke('Add');
  const counted = useHubStream('Counter', [3, 1]);
  const numbers = useHubQuery({
    queryKey: ['numbers'],
    load: () => hub.invoke('NumbersSince', 0),
    on: { Number: (known, number) => [...known, number] },
  });
  const clicks = ref(0);
  return () =>
    h('main', [
      h('p', { role: 'status' }, `${status.value}, ${group.status.value}`),
      h('p', { id: 'numbers' }, `${numbers.status.value}: ${numbers.data.value?.length ?? 'none'}`),
      h('p', { id: 'counted' }, `${counted.status.value}: ${counted.data.value.join()}`),
      h('p', { id: 'sum' }, `${sum.status.value}: ${sum.data.value ?? 'none'}`),
      h('button', { onClick: () => void sum.invoke((clicks.value += 1), 10) }, 'Add'),
    ]);
});

/** The same app on the server and in the browser, each with a client of its own. */
export function createNewsApp(url: string): { app: App; hub: HubClient<LabHub> } {
  const hub = createHubClient<LabHub>({ url });
  return { app: createSSRApp(News).use(createHubPlugin(hub, { autoStart: true })), hub };
}
