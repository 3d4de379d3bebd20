import type { HubClient } from '@org/hub-core';

export interface ProvideOptions {
  /** Start when mounted, stop when unmounted. Why a start failed is in the snapshot. @default false */
  autoStart?: boolean;
}

/** How many keep a client started. Counted, so that one who takes over is not stopped by the one who goes. */
const keepers = new WeakMap<HubClient, number>();

export function keepStarted(hub: HubClient): () => void {
  keepers.set(hub, (keepers.get(hub) ?? 0) + 1);
  // A failure is in the snapshot; the app need not catch it a second time.
  hub.start().catch(() => {});
  return () => {
    keepers.set(hub, (keepers.get(hub) ?? 1) - 1);
    // A tick late: keys and hot reload unmount and mount again at once.
    setTimeout(() => {
      if (keepers.get(hub) === 0) void hub.stop();
    });
  };
}
