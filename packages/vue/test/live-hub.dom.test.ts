import { expect, it, onTestFinished } from 'vitest';
import { type App, createApp, defineComponent, ref } from 'vue';
import { createHubComposables } from '@org/hub-vue';
import { type LiveHub, type RoomHub, startLiveHub } from '../../react/test/live-hub.ts';

const { createHubPlugin, useHubGroup, useHubMessage, useHubSnapshot } = createHubComposables<RoomHub>();

interface Page {
  /** What was on the page, in order. */
  readonly shown: string[];
  retry(): void;
  unmount(): void;
}

function mountRoom({ hub }: LiveHub, name: string): Page {
  const shown: string[] = [];
  let retry = (): void => {};
  const Room = defineComponent(() => {
    const status = useHubSnapshot((snapshot) => snapshot.status);
    const group = useHubGroup(() => name);
    const messages = ref<string[]>([]);
    useHubMessage('Message', (text) => messages.value.push(text));
    retry = group.retry;
    return () => {
      shown.push(
        [status.value, group.status.value, group.error.value?.code, ...messages.value].filter(Boolean).join(' '),
      );
      return null;
    };
  });
  let app: App | null = createApp(Room).use(createHubPlugin(hub, { autoStart: true }));
  app.mount(document.createElement('div'));
  const unmount = (): void => {
    app?.unmount();
    app = null;
  };
  onTestFinished(unmount);
  return { shown, retry: () => retry(), unmount };
}

it('connects, joins and hears while mounted, and is gone afterwards', async () => {
  const live = await startLiveHub();
  const { shown, unmount } = mountRoom(live, 'lobby');
  await expect.poll(() => shown.at(-1)).toBe('connected joined');
  await live.server.clients.group('lobby').send('Message', 'hello');
  await expect.poll(() => shown.at(-1)).toBe('connected joined hello');
  const gone = live.server.waitFor('disconnected');
  unmount();
  await gone;
  expect(live.facts).toEqual(['connected', 'joined lobby', 'disconnected']);
});

it('shows a lost connection, and the group when it is back', async () => {
  const live = await startLiveHub();
  const { shown } = mountRoom(live, 'lobby');
  await expect.poll(() => shown.at(-1)).toBe('connected joined');
  live.server.drop();
  await expect.poll(() => live.facts.length, { timeout: 5000 }).toBe(5);
  await expect.poll(() => shown.at(-1)).toBe('connected joined');
  expect(shown.map((text) => text.split(' ')[0])).toContain('reconnecting');
  expect(live.facts).toEqual(['connected', 'joined lobby', 'disconnected', 'connected', 'joined lobby']);
});

it('shows a refusal, and joins when it is tried again', async () => {
  const live = await startLiveHub();
  const allow = live.server.refuseGroup('staff', 'Staff only.');
  const { shown, retry } = mountRoom(live, 'staff');
  await expect.poll(() => shown.at(-1)).toBe('connected failed group-forbidden');
  allow();
  retry();
  await expect.poll(() => shown.at(-1)).toBe('connected joined');
});
