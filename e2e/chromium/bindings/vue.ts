import { createHubClient, createHubComposables, type HubClient } from '@org/hub-vue';
import { type App, computed, createApp, defineComponent, h, onMounted, onUpdated } from 'vue';
import type { LabHub } from '../../lab/index.ts';
import { names } from './contract.ts';

const { createHubPlugin, useHub, useHubGroup, useHubMessage, useHubQuery, useHubSnapshot } =
  createHubComposables<LabHub>();

const heard: string[] = [];
const commits: number[] = [];
let shown: readonly number[] = [];
let mountedAt = 0;
let app: App | null = null;

const Listener = defineComponent(
  (props: { name: string }) => {
    const hub: HubClient<LabHub> = useHub();
    const status = useHubSnapshot((snapshot) => snapshot.status);
    const group = useHubGroup('news');
    useHubMessage('GroupMessage', (_, text) => heard.push(`${props.name} ${text}`));
    const { data } = useHubQuery({
      queryKey: ['numbers'],
      load: () => hub.invoke('NumbersSince', 0),
      on: { Number: (numbers, number) => [...numbers, number] },
      itemKey: (number) => number,
    });
    const numbers = computed(() => data.value ?? []);
    const committed = (): void => {
      if (props.name !== names[0]) return;
      commits.push(performance.now());
      shown = numbers.value;
    };
    onMounted(committed);
    onUpdated(committed);
    return () =>
      h('section', [
        h('p', { 'data-testid': props.name }, `${status.value}, ${group.status.value}, ${numbers.value.length}`),
        h(
          'ol',
          numbers.value.slice(-20).map((number) => h('li', { key: number }, number)),
        ),
      ]);
  },
  { props: ['name'] },
);

window.bindings = {
  mount(url) {
    mountedAt = performance.now();
    const hub = createHubClient<LabHub>({ url });
    app = createApp({ render: () => names.map((name) => h(Listener, { key: name, name })) });
    app.use(createHubPlugin(hub, { autoStart: true })).mount('#app');
  },
  mountedAt: () => mountedAt,
  unmount() {
    app?.unmount();
  },
  heard,
  commits,
  numbers: () => shown,
};
