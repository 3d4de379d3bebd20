import { useSignalR, VueSignalR } from '@dreamonkey/vue-signalr';
import { createHubClient, provideHub, useHubQuery } from '@org/hub-vue';
import { type App, createApp, defineComponent, h, onMounted, onUnmounted, onUpdated, shallowRef } from 'vue';
import { committed, type Messages, noMessages, shown, withMessage } from './figures.ts';
import { connectionTo } from './raw.ts';

/** Each as its own documentation shows it; `messages` is what the component renders. */
const contestants: Record<string, (url: string) => { useMessages(): () => Messages; prepare?(app: App): void }> = {
  naive: (url) => ({
    useMessages() {
      const messages = shallowRef(noMessages);
      const connection = connectionTo(url);
      connection.on('Number', (number: number) => (messages.value = withMessage(messages.value, number)));
      onMounted(() => void connection.start());
      onUnmounted(() => void connection.stop());
      return () => messages.value;
    },
  }),

  '@dreamonkey/vue-signalr': (url) => ({
    prepare(app) {
      const connection = connectionTo(url);
      // Its types ask for what its documentation leaves out.
      app.use(VueSignalR, { connection, autoOffInsideComponentScope: true, failFn: () => {} });
      void connection.start();
    },
    useMessages() {
      const messages = shallowRef(noMessages);
      useSignalR().on('Number', (number) => {
        messages.value = withMessage(messages.value, number as unknown as number);
      });
      return () => messages.value;
    },
  }),

  ours: (url) => ({
    useMessages() {
      const hub = createHubClient({ url });
      provideHub(hub);
      onMounted(() => void hub.start());
      onUnmounted(() => void hub.dispose());
      const { data } = useHubQuery({ queryKey: ['numbers'], load: () => noMessages, on: { Number: withMessage } });
      return () => data.value ?? noMessages;
    },
  }),
};

export function mount(name: string, url: string, root: Element): void {
  const contestant = contestants[name]?.(url);
  if (!contestant) throw new Error(`There is no ${name}.`);
  const app = createApp(
    defineComponent(function Contestant() {
      const messages = contestant.useMessages();
      onUpdated(() => {
        committed();
        shown(messages().count);
      });
      return () =>
        h('section', { 'aria-label': 'Messages' }, [
          h('p', `${messages().count} messages`),
          h(
            'ol',
            messages().last.map((number) => h('li', { key: number }, number)),
          ),
        ]);
    }),
  );
  contestant.prepare?.(app);
  app.mount(root);
}
