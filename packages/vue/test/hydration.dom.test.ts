import { expect, it, onTestFinished, vi } from 'vitest';
import { createSSRApp, defineComponent, h, Suspense } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { createNews, type News, startNews } from '../../react/test/news-hub.ts';
import { EveryComposable, rendered } from './every-composable.ts';
import { news } from './news.ts';

/** Everything that Vue has to say: a mismatch is a warning and an error. */
function listenToVue(): unknown[][] {
  const said: unknown[][] = [];
  for (const level of ['warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((...words: unknown[]) => void said.push(words));
  onTestFinished(() => void vi.restoreAllMocks());
  return said;
}

/** The page as a server sent it, and the app that takes it over. */
async function hydrate({ hub }: News, component: object, autoStart: boolean): Promise<HTMLElement> {
  const create = () => createSSRApp(component).use(news.createHubPlugin(hub, { autoStart }));
  const root = document.createElement('div');
  root.innerHTML = await renderToString(create());
  expect(root.innerHTML).toContain(rendered);
  const app = create();
  app.mount(root);
  onTestFinished(() => app.unmount());
  return root;
}

const shown = (root: HTMLElement): string[] => [...root.querySelectorAll('li')].map(({ textContent }) => textContent);
const live = ['connected', 'joined', 'idle', 'pending 0', 'success idle 1,2'];

it('takes over what the server rendered without a word, and goes live then', async () => {
  const said = listenToVue();
  const root = await hydrate(createNews(), EveryComposable, true);
  await expect.poll(() => shown(root)).toEqual(live);
  expect(said).toEqual([]);
});

it('does so where the client has come far already', async () => {
  const said = listenToVue();
  const it = await startNews();
  await it.hub.join('news').ready;
  const root = await hydrate(it, EveryComposable, false);
  await expect.poll(() => shown(root)).toEqual(live);
  expect(said).toEqual([]);
});

it('does so in a component that waits for something, when its turn has come', async () => {
  const said = listenToVue();
  const given = await startNews();
  let go = (): void => {};
  const Waiting = defineComponent({
    async setup() {
      await (said.length ? null : Promise.resolve());
      return () => h(EveryComposable);
    },
  });
  const Page = defineComponent(() => () => h(Suspense, { onResolve: () => go() }, { default: () => h(Waiting) }));
  const root = await hydrate(given, Page, false);
  await new Promise<void>((resolve) => (go = resolve));
  await expect.poll(() => shown(root)).toEqual(live);
  // Vue says of Suspense that it is experimental, and no more.
  expect(said.filter(([words]) => !String(words).includes('experimental'))).toEqual([]);
});

it('shows what is there at once in a component that comes later', async () => {
  const { hub } = await startNews();
  const renders: string[] = [];
  const Later = defineComponent(() => {
    const status = news.useHubSnapshot((snapshot) => snapshot.status);
    return () => void renders.push(status.value);
  });
  const app = createSSRApp(Later).use(news.createHubPlugin(hub));
  const fresh = document.createElement('div');
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  // There is nothing to take over: Vue mounts as on any page.
  app.mount(fresh);
  onTestFinished(() => {
    app.unmount();
    vi.restoreAllMocks();
  });
  expect(renders).toEqual(['connected']);
});
