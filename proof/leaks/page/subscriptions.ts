import type { HubClient } from '@org/hub-core';
import type { NewsHub } from '../../../packages/react/test/news-hub.ts';

/** The same client, and how many are subscribed to it: handlers, listeners of events and of the snapshot, and groups. */
export function countSubscriptions(hub: HubClient<NewsHub>): { hub: HubClient<NewsHub>; count(): number } {
  let subscribed = 0;
  const counted =
    <A extends unknown[]>(subscribe: (...args: A) => () => void) =>
    (...args: A): (() => void) => {
      const off = subscribe(...args);
      let over = false;
      subscribed += 1;
      return () => {
        off();
        if (!over) subscribed -= 1;
        over = true;
      };
    };
  return {
    hub: {
      ...hub,
      on: counted(hub.on) as typeof hub.on,
      handle: counted(hub.handle) as typeof hub.handle,
      subscribe: counted(hub.subscribe),
      events: { on: counted(hub.events.on) as typeof hub.events.on },
    },
    count: () => subscribed + hub.getSnapshot().groups.size,
  };
}
