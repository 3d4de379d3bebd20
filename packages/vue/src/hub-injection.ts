import { getCurrentInstance, inject, type InjectionKey, onMounted, onScopeDispose, provide } from 'vue';
import { type HubClient, HubError } from '@org/hub-core';
import type { HubComposables } from './hub-composables.js';
import { keepStarted } from './keep-started.js';

const missing =
  'No hub is provided here. Call app.use(createHubPlugin(hub)) before app.mount(), or provideHub(hub) in a component above.';
const remediation = 'Provide and use a hub with the same set: what createHubComposables() returns belongs together.';

/** The ways to provide a client, and the one to get it. */
export function createHubInjection(): Pick<HubComposables, 'createHubPlugin' | 'provideHub' | 'useHub'> {
  const key: InjectionKey<HubClient> = Symbol('hub');
  /** `inject` does not see what the same component provides. */
  const own = new WeakMap<object, HubClient>();
  return {
    createHubPlugin: (hub, { autoStart = false } = {}) => ({
      install(app) {
        app.provide(key, hub);
        if (!autoStart) return;
        const { mount, unmount } = app;
        let stop = (): void => {};
        // Not at once: an app that is rendered on a server is never mounted. (`app.onUnmount` is newer than Vue 3.4.)
        app.mount = (...args) => {
          stop = keepStarted(hub);
          return mount(...args);
        };
        app.unmount = () => {
          stop();
          unmount();
        };
      },
    }),
    provideHub(hub, { autoStart = false } = {}) {
      const instance = getCurrentInstance();
      if (instance) own.set(instance, hub);
      provide(key, hub);
      if (!autoStart) return;
      let stop = (): void => {};
      onMounted(() => (stop = keepStarted(hub)));
      onScopeDispose(() => stop());
    },
    useHub() {
      const instance = getCurrentInstance();
      const hub = (instance && own.get(instance)) ?? inject(key, null);
      if (hub) return hub;
      throw new HubError('configuration', missing, { remediation });
    },
  };
}
