import type { HubClient, HubEventOf } from '@org/hub-core';

/** The next time that it is back, with its groups. Ask before the connection is ended. */
export function restored(hub: HubClient): Promise<HubEventOf<'restored'>> {
  return new Promise((resolve) => {
    const off = hub.events.on('restored', (event) => {
      off();
      resolve(event);
    });
  });
}
