import { type Context, createContext, createElement, useContext, useEffect } from 'react';
import { type HubClient, HubError } from '@org/hub-core';
import type { HubHooks } from './hub-hooks.js';

/** How many mounted providers keep a client started. Counted, so that a provider which takes over is not stopped by the one that goes. */
const keepers = new WeakMap<HubClient, number>();

function keepStarted(hub: HubClient): () => void {
  keepers.set(hub, (keepers.get(hub) ?? 0) + 1);
  // A failure is in the snapshot; the app need not catch it a second time.
  hub.start().catch(() => {});
  return () => {
    keepers.set(hub, (keepers.get(hub) ?? 1) - 1);
    // A tick late: StrictMode, keys and hot reload unmount and mount again at once.
    setTimeout(() => {
      if (keepers.get(hub) === 0) void hub.stop();
    });
  };
}

/** A provider, and the hook that reads it. */
export function createHubContext(): Pick<HubHooks, 'HubProvider' | 'useHub'> {
  const HubContext: Context<HubClient | null> = createContext<HubClient | null>(null);
  return {
    HubProvider: function HubProvider({ client, autoStart = false, children }) {
      useEffect(() => (autoStart ? keepStarted(client) : undefined), [client, autoStart]);
      return createElement(HubContext.Provider, { value: client }, children);
    },
    useHub() {
      const hub = useContext(HubContext);
      if (hub) return hub;
      throw new HubError(
        'configuration',
        'No <HubProvider> above this component. Wrap it: <HubProvider client={hub}>…</HubProvider>.',
        {
          remediation:
            'Wrap the component in the <HubProvider> of the same set: what createHubHooks() returns belongs together.',
        },
      );
    },
  };
}
