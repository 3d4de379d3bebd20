import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createApp,
  createSSRApp,
  defineComponent,
  type EffectScope,
  effectScope,
  h,
  nextTick,
  ref,
  version,
} from 'vue';
import { renderToString } from 'vue/server-renderer';
import { HubError } from '@org/hub-core';
import {
  createHubComposables,
  createHubPlugin,
  provideHub,
  useHub,
  useHubEvent,
  useHubGroup,
  useHubMessage,
  useHubSnapshot,
} from '@org/hub-vue';
import { createHubDouble, type HubDouble } from '../../react/test/hub-double.ts';

let hub: HubDouble;
let scope: EffectScope;

/** Runs composables where they find the hub, in a scope that the test can end. */
function use<T>(run: () => T): T {
  return createApp({})
    .use(createHubPlugin(hub))
    .runWithContext(() => scope.run(run) as T);
}

beforeEach(() => {
  hub = createHubDouble();
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('runs on the Vue that is meant', () => {
  expect(version).toMatch(new RegExp(`^${process.env['VUE'] ?? '3.5'}\\.`));
});

describe('createHubPlugin', () => {
  it('starts nothing by itself', () => {
    const app = createApp({ render: () => null }).use(createHubPlugin(hub));
    app.mount(document.createElement('div'));
    app.unmount();
    expect(hub.facts).toEqual([]);
  });

  it('with autoStart starts when the app is mounted, and stops a tick after unmount without disposing', () => {
    vi.useFakeTimers();
    const app = createApp({ render: () => null }).use(createHubPlugin(hub, { autoStart: true }));
    expect(hub.facts).toEqual([]);
    app.mount(document.createElement('div'));
    app.unmount();
    expect(hub.facts).toEqual(['start']);
    vi.runAllTimers();
    expect(hub.facts).toEqual(['start', 'stop']);
  });

  it('leaves no rejection behind when the start fails', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    hub = createHubDouble(() => Promise.reject(new HubError('not-a-hub', 'No hub here.')));
    const app = createApp({ render: () => null }).use(createHubPlugin(hub, { autoStart: true }));
    app.mount(document.createElement('div'));
    // Node reports unhandled rejections once the microtasks are through.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    app.unmount();
  });
});

describe('provideHub', () => {
  it('serves the same component and those below it', () => {
    const found: unknown[] = [];
    const Child = defineComponent(() => {
      found.push(useHub());
      return () => null;
    });
    const app = createApp(
      defineComponent(() => {
        provideHub(hub);
        found.push(useHub());
        return () => h(Child);
      }),
    );
    app.mount(document.createElement('div'));
    expect(found).toEqual([hub, hub]);
    app.unmount();
  });

  it('with autoStart is not stopped by a component that another one replaces at once', async () => {
    vi.useFakeTimers();
    const key = ref(1);
    const Provider = defineComponent(() => {
      provideHub(hub, { autoStart: true });
      return () => null;
    });
    const app = createApp({ render: () => h(Provider, { key: key.value }) });
    app.mount(document.createElement('div'));
    key.value = 2;
    await nextTick();
    vi.runAllTimers();
    expect(hub.facts).toEqual(['start', 'start']);
    app.unmount();
    vi.runAllTimers();
    expect(hub.facts).toEqual(['start', 'start', 'stop']);
  });
});

describe('useHub', () => {
  it('without a hub throws an error that shows the fix', () => {
    const attempt = (): unknown => createApp({}).runWithContext(() => useHub());
    expect(attempt).toThrow(HubError);
    expect(attempt).toThrow('app.use(createHubPlugin(hub))');
  });

  it('belongs to its set: two sets hold two hubs', () => {
    const other = createHubDouble();
    const others = createHubComposables();
    const app = createApp({}).use(createHubPlugin(hub)).use(others.createHubPlugin(other));
    expect(app.runWithContext(() => [useHub(), others.useHub()])).toEqual([hub, other]);
  });
});

describe('useHubSnapshot', () => {
  it('shows the snapshot, and the next one, until the scope ends', () => {
    const snapshot = use(() => useHubSnapshot());
    expect(snapshot.value).toBe(hub.getSnapshot());
    hub.show({ status: 'connected' });
    expect(snapshot.value).toBe(hub.getSnapshot());
    scope.stop();
    expect(hub.listeners()).toBe(0);
  });

  it('renders again only when what the selector picks is another thing', async () => {
    const rendered: string[] = [];
    const Status = defineComponent(() => {
      const status = useHubSnapshot((snapshot) => snapshot.status);
      return () => void rendered.push(status.value);
    });
    const app = createApp(Status).use(createHubPlugin(hub));
    app.mount(document.createElement('div'));
    for (const change of [{ attempt: 1 }, { status: 'connecting' }, { attempt: 2 }] as const) {
      hub.show(change);
      await nextTick();
    }
    expect(rendered).toEqual(['disconnected', 'connecting']);
    app.unmount();
  });

  it('follows the refs that its selector reads', () => {
    const field = ref<'status' | 'gaps'>('status');
    const picked = use(() => useHubSnapshot((snapshot) => snapshot[field.value]));
    expect(picked.value).toBe('disconnected');
    field.value = 'gaps';
    expect(picked.value).toBe(0);
  });
});

describe('useHubMessage and useHubEvent', () => {
  it('call the handler that the ref holds now, and do not subscribe again', () => {
    const heard: string[] = [];
    const handler = ref((text: string) => void heard.push(`first: ${text}`));
    use(() => useHubMessage('Message', handler));
    hub.receive('Message', 'one');
    handler.value = (text) => void heard.push(`second: ${text}`);
    hub.receive('Message', 'two');
    expect(heard).toEqual(['first: one', 'second: two']);
    expect(hub.facts).toEqual(['on Message']);
  });

  it('subscribe anew when the method is another one, and not at all after the scope', async () => {
    const heard: string[] = [];
    const method = ref('A');
    use(() => useHubMessage(method, (text: string) => heard.push(text)));
    method.value = 'B';
    await nextTick();
    hub.receive('A', 'to A');
    hub.receive('B', 'to B');
    scope.stop();
    hub.receive('B', 'too late');
    expect(heard).toEqual(['to B']);
    expect(hub.listeners()).toBe(0);
  });

  it('hear life-cycle events until the scope ends', () => {
    const heard: string[] = [];
    use(() => useHubEvent('groupJoined', ({ group }) => heard.push(group)));
    hub.emit({ type: 'groupJoined', group: 'lobby' } as { type: string });
    scope.stop();
    hub.emit({ type: 'groupJoined', group: 'kitchen' } as { type: string });
    expect(heard).toEqual(['lobby']);
  });
});

describe('useHubGroup', () => {
  it('is in the group of the ref’s value, and in none after the scope', async () => {
    const name = ref<string | null>('lobby');
    use(() => useHubGroup(name));
    name.value = 'kitchen';
    await nextTick();
    name.value = null;
    await nextTick();
    scope.stop();
    expect(hub.facts).toEqual(['join lobby', 'leave lobby', 'join kitchen', 'leave kitchen']);
  });

  it('shows how the group stands, and tries again when asked', () => {
    const { status, error, retry } = use(() => useHubGroup(() => 'staff'));
    expect([status.value, error.value]).toEqual(['joining', null]);
    const refusal = new HubError('group-forbidden', 'Staff only.');
    hub.setGroup('staff', { status: 'failed', error: refusal });
    expect([status.value, error.value]).toEqual(['failed', refusal]);
    retry();
    expect(hub.facts).toEqual(['join staff', 'retry staff']);
  });
});

it('begins nothing while rendering on a server, where nothing would end it', async () => {
  const Page = defineComponent(() => {
    const status = useHubSnapshot((snapshot) => snapshot.status);
    useHubMessage('Message', () => {});
    useHubGroup('lobby');
    return () => h('p', status.value);
  });
  const html = await renderToString(createSSRApp(Page).use(createHubPlugin(hub, { autoStart: true })));
  expect(html).toBe('<p>disconnected</p>');
  expect(hub.facts).toEqual([]);
  expect(hub.listeners()).toBe(0);
});
