import type { HubClient } from '@org/hub-vue';
import { onTestFinished } from 'vitest';
import { type App, createApp, defineComponent, effectScope, h, type VNodeChild } from 'vue';
import type { NewsHub } from '../../react/test/news-hub.ts';
import { news } from './news-set.ts';

export { news };

export interface Used<T> {
  readonly result: T;
  /** Ends the scope. */
  stop(): void;
}

/** Runs composables outside of any component, where they find the hub; their scope ends with the test. */
export function use<T>(hub: HubClient<NewsHub>, run: () => T): Used<T> {
  const scope = effectScope();
  const app = createApp({}).use(news.createHubPlugin(hub));
  const result = app.runWithContext(() => scope.run(run) as T);
  const stop = (): void => scope.stop();
  onTestFinished(stop);
  return { result, stop };
}

export interface Mounted {
  readonly app: App;
  readonly text: () => string;
  readonly unmount: () => void;
}

/** A page with this component on it, in which the hub starts with the app. */
export function mount(hub: HubClient<NewsHub>, setup: () => () => VNodeChild): Mounted {
  const app = createApp(defineComponent(setup)).use(news.createHubPlugin(hub, { autoStart: true }));
  const root = document.createElement('div');
  app.mount(root);
  let mounted = true;
  const unmount = (): void => {
    if (mounted) app.unmount();
    mounted = false;
  };
  onTestFinished(unmount);
  return { app, text: () => root.textContent ?? '', unmount };
}

/** A component that shows a text. */
export const text = (value: unknown): VNodeChild => h('p', String(value));
