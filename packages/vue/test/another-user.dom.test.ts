import { expect, it, onTestFinished } from 'vitest';
import { type ComputedRef, createApp, defineComponent } from 'vue';
import { createHubComposables } from '@org/hub-vue';
import { startAsAnn, type WhoHub } from '../../react/test/two-users.ts';
import { text } from './news.ts';

const { createHubPlugin, useHub, useHubInvoke, useHubQuery, useHubSnapshot, useHubStream } =
  createHubComposables<WhoHub>();

/** What shows something of the user’s, and what there is of it in the end for the next one. */
const shown: Record<string, [show: () => ComputedRef<unknown>, next: string]> = {
  useHubQuery: [
    () => {
      const hub = useHub();
      return useHubQuery({ queryKey: ['who'], load: () => hub.invoke('Who'), on: {} }).data;
    },
    'bob',
  ],
  useHubStream: [() => useHubStream('Names', []).data, 'bob'],
  useHubInvoke: [
    () => {
      const { data, invoke } = useHubInvoke('Who');
      void invoke();
      return data;
    },
    '',
  ],
};

it.each(Object.entries(shown))('%s shows what one user saw beside no other name', async (_, [show, next]) => {
  const { hub, become } = await startAsAnn();
  const texts: string[] = [];
  const page = defineComponent(() => {
    const user = useHubSnapshot(({ userId }) => userId);
    const data = show();
    return () => {
      texts.push(`${user.value}: ${[data.value].join()}`);
      return text(texts.at(-1));
    };
  });
  const app = createApp(page).use(createHubPlugin(hub));
  const root = document.createElement('div');
  app.mount(root);
  onTestFinished(() => app.unmount());
  await expect.poll(() => root.textContent).toBe('ann: ann');
  become('bob');
  await expect.poll(() => root.textContent).toBe(`bob: ${next}`);
  expect(texts.filter((shownThen) => shownThen.startsWith('bob'))).not.toContain('bob: ann');
});
