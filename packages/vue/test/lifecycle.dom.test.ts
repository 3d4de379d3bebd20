import { describe, expect, it } from 'vitest';
import {
  createApp,
  defineComponent,
  effectScope,
  h,
  KeepAlive,
  nextTick,
  onActivated,
  onDeactivated,
  ref,
  Suspense,
} from 'vue';
import * as vue from 'vue';
import { createHubComposables } from '@org/hub-vue';
import { createNews, type NewsHub, startNews } from '../../react/test/news-hub.ts';
import { mount, news, text, use } from './news.ts';

/** What `<script setup>` makes of an await. Public for the compiler alone, so without types. */
const { withAsyncContext } = vue as unknown as {
  withAsyncContext<T>(awaitable: () => Promise<T>): [promise: Promise<T>, restore: () => void];
};

describe('KeepAlive', () => {
  it('keeps the group, the data and the stream of a component that is not shown, and loads nothing when it is back', async () => {
    const { hub, server, facts } = createNews();
    const News = defineComponent(() => {
      const { data } = news.useHubQuery({
        queryKey: ['news'],
        load: () => hub.invoke('History', 'all'),
        on: { Added: (numbers, number) => [...numbers, number] },
        group: 'news',
      });
      return () => text(data.value);
    });
    const away = ref(false);
    const { text: shown } = mount(hub, () => () => h(KeepAlive, () => (away.value ? h('p', 'away') : h(News))));
    await expect.poll(shown).toBe('1,2');
    away.value = true;
    await nextTick();
    expect(shown()).toBe('away');
    await server.clients.group('news').send('Added', 3);
    await hub.invoke('History', 'heard by now');
    away.value = false;
    await nextTick();
    expect(shown()).toBe('1,2,3');
    expect(facts).toEqual(['connected', 'JoinGroup news', 'History all', 'History heard by now']);
  });

  it('lets a component rest that says so', async () => {
    const { hub, ticks, facts } = createNews();
    const Ticks = defineComponent(() => {
      const enabled = ref(true);
      onActivated(() => (enabled.value = true));
      onDeactivated(() => (enabled.value = false));
      const { data } = news.useHubStream('Ticks', ['ACME'], { enabled });
      return () => text(data.value);
    });
    const away = ref(false);
    mount(hub, () => () => h(KeepAlive, () => (away.value ? h('p', 'away') : h(Ticks))));
    await expect.poll(() => ticks.length).toBe(1);
    away.value = true;
    await expect.poll(() => facts.at(-1)).toBe('cancelled ACME');
    away.value = false;
    await expect.poll(() => ticks.length).toBe(2);
  });
});

describe('Suspense', () => {
  it('leaves nothing of a component that never came to be shown', async () => {
    const { hub, facts } = await startNews();
    const Never = defineComponent({
      async setup() {
        news.useHubQuery({ queryKey: ['news'], load: () => hub.invoke('History', 'all'), on: {}, group: 'news' });
        news.useHubStream('Ticks', ['ACME']);
        await new Promise(() => {});
        return () => text('never');
      },
    });
    const there = ref(true);
    const { text: shown } = mount(
      hub,
      () => () =>
        h(Suspense, null, {
          default: () => (there.value ? h(Never) : h('p', 'other')),
          fallback: () => h('p', 'wait'),
        }),
    );
    expect(shown()).toBe('wait');
    await expect.poll(() => facts).toContain('Ticks ACME');
    there.value = false;
    await expect.poll(shown).toBe('other');
    await expect.poll(() => facts).toContain('LeaveGroup news');
    await expect.poll(() => facts).toContain('cancelled ACME');
    expect(hub.getSnapshot().groups.size).toBe(0);
  });

  it('takes composables after an await, and ends them with the component', async () => {
    const { hub, facts } = await startNews();
    const Late = defineComponent({
      async setup() {
        const [loaded, restore] = withAsyncContext(() => hub.invoke('History', 'all'));
        const first = await loaded;
        restore();
        const { status } = news.useHubGroup('news');
        return () => text(`${first.join()} ${status.value}`);
      },
    });
    const there = ref(true);
    const { text: shown } = mount(
      hub,
      () => () => h(Suspense, null, { default: () => (there.value ? h(Late) : h('p', 'other')) }),
    );
    await expect.poll(shown).toBe('1,2 joined');
    there.value = false;
    await expect.poll(() => facts.at(-1)).toBe('LeaveGroup news');
  });
});

describe('several hubs', () => {
  it('are apart: each set has its own client, and keys of one are not those of the other', async () => {
    const [first, second] = [await startNews(), await startNews()];
    const others = createHubComposables<NewsHub>();
    const { text: shown } = mount(first.hub, () => {
      others.provideHub(second.hub);
      const here = news.useHub();
      const there = others.useHub();
      const query = { queryKey: ['news'], on: {} };
      const mine = news.useHubQuery({ ...query, load: () => here.invoke('History', 'first') });
      const theirs = others.useHubQuery({ ...query, load: () => there.invoke('History', 'second') });
      return () => text(`${mine.status.value} ${theirs.status.value}`);
    });
    await expect.poll(shown).toBe('success success');
    expect([first.facts, second.facts]).toEqual([
      ['connected', 'History first'],
      ['connected', 'History second'],
    ]);
  });
});

describe('an effect scope outside of any component, as in a store', () => {
  it('holds everything until it is stopped', async () => {
    const { hub, facts } = await startNews();
    const { stop } = use(hub, () => {
      news.useHubGroup('news');
      news.useHubStream('Ticks', ['ACME']);
      news.useHubQuery({ queryKey: ['news'], load: () => hub.invoke('History', 'all'), on: {} });
    });
    await expect.poll(() => facts.length).toBe(4);
    stop();
    await expect.poll(() => facts).toContain('cancelled ACME');
    await expect.poll(() => facts).toContain('LeaveGroup news');
  });

  it('holds a part of it in a scope of its own', async () => {
    const { hub, facts } = await startNews();
    use(hub, () => {
      const inner = effectScope();
      inner.run(() => news.useHubGroup('inner'));
      news.useHubGroup('outer');
      inner.stop();
    });
    await expect.poll(() => [...hub.getSnapshot().groups.keys()]).toEqual(['outer']);
    await expect.poll(() => facts).toContain('JoinGroup outer');
  });
});

it('says what to do where no hub is provided, whichever composable asks', () => {
  const app = createApp({});
  const attempts: (() => unknown)[] = [
    () => news.useHubInvoke('Double'),
    () => news.useHubStream('Ticks', ['ACME']),
    () => news.useHubQuery({ queryKey: [], load: () => 1, on: {} }),
    () => news.useHubSnapshot(),
    () => news.useHubGroup('news'),
  ];
  for (const attempt of attempts) expect(() => app.runWithContext(attempt)).toThrow('app.use(createHubPlugin(hub))');
});
