// @vitest-environment jsdom
/// <reference types="node" />
import { createHubClient } from '@org/hub-core';
import { expect, test } from 'vitest';
import { openNodeHub } from '../../bench/node-hub.ts';
import type { NewsHub } from '../../packages/react/test/news-hub.ts';
import { createVisits as createReactVisits } from './page/react.tsx';
import { createVisits as createVueVisits } from './page/vue.ts';
import { countSubscriptions } from './page/subscriptions.ts';
import { atRest, settled } from './routine.ts';
import { watch } from './watch.ts';

const frameworks = {
  React: (...given: Parameters<typeof createVueVisits>) => createReactVisits(...given, false),
  'React in StrictMode': (...given: Parameters<typeof createVueVisits>) => createReactVisits(...given, true),
  Vue: createVueVisits,
};

test.each(Object.entries(frameworks))(
  '%s: nothing is left of 100 mounts and unmounts of every hook',
  async (_, createVisits) => {
    const server = await openNodeHub();
    const watched = watch();
    const { hub, count } = countSubscriptions(
      createHubClient<NewsHub>({ url: server.plain, logger: 'none', signalr: { WebSocket: watched.WebSocket } }),
    );
    const visits = createVisits(hub, document.createElement('div'));
    const look = async () => ({
      ...watched.counts(),
      subscriptions: count(),
      connections: await server.connections(),
      memberships: await server.memberships(),
    });
    await visits.none();
    const before = await look();
    // Here the page is connected, and the components are away.
    for (let index = 0; index < 5; index += 1) await visits.once(index);
    const connected = await atRest(look);
    expect(connected).toMatchObject({ sockets: 1, connections: 1, subscriptions: 0, memberships: 0 });
    for (let index = 5; index < 105; index += 1) await visits.once(index);
    expect(await settled(look, connected)).toEqual(connected);
    await visits.end();
    expect(await settled(look, before)).toEqual(before);
    watched.restore();
    await server.stop();
  },
);
