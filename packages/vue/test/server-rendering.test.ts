// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createSSRApp, defineComponent, h, Suspense } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { createNews, startNews } from '../../react/test/news-hub.ts';
import { EveryComposable, rendered } from './every-composable.ts';
import { news } from './news.ts';

describe('on a server, where there is no window', () => {
  it('renders, and begins nothing', async () => {
    expect(globalThis).not.toHaveProperty('window');
    const { hub, facts } = createNews();
    const app = createSSRApp(EveryComposable).use(news.createHubPlugin(hub, { autoStart: true }));
    expect(await renderToString(app)).toBe(rendered);
    expect([hub.getSnapshot().status, facts]).toEqual(['disconnected', []]);
  });

  it('renders the same with a client that is connected, and asks nothing of it', async () => {
    const { hub, facts } = await startNews();
    const app = createSSRApp(EveryComposable).use(news.createHubPlugin(hub));
    expect(await renderToString(app)).toBe(rendered);
    await hub.invoke('History', 'what was asked before has come by now');
    expect(facts).toEqual(['connected', 'History what was asked before has come by now']);
    expect(hub.getSnapshot().groups.size).toBe(0);
  });

  it('renders components that wait for something, and what they provide', async () => {
    const { hub, facts } = createNews();
    const Waiting = defineComponent({
      async setup() {
        news.provideHub(hub, { autoStart: true });
        const status = news.useHubSnapshot((snapshot) => snapshot.status);
        await Promise.resolve();
        return () => [h('p', status.value), h(EveryComposable)];
      },
    });
    const app = createSSRApp({ render: () => h(Suspense, null, { default: () => h(Waiting) }) });
    expect(await renderToString(app)).toBe(`<!--[--><p>disconnected</p>${rendered}<!--]-->`);
    expect([hub.getSnapshot().status, facts]).toEqual(['disconnected', []]);
  });
});
