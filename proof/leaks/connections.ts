/// <reference types="node" />
import { tokenFrom, type HubClient, type HubEventOf, type HubOptions } from '@org/hub-core';
import { createLiveStream } from '@org/hub-core/live';
import { restored } from '../../bench/restored.ts';
import type { Life, Routine, World } from './routine.ts';

const groups = ['news', 'sports', 'weather'];

/** A client as an app has it: with handlers, listeners and groups, and a stream that is open. */
async function startApp({ server, createClient }: World, options: Partial<HubOptions>) {
  const hub = createClient({ auth: tokenFrom(() => server.issue(3600)), ...options });
  for (const group of groups) hub.join(group);
  for (const method of ['Number', 'Tick', 'Told']) hub.on(method, () => {});
  hub.events.on('*', () => {});
  hub.subscribe(() => {});
  await hub.start();
  return hub;
}

export const reconnects: Routine = {
  name: 'a reconnect (lost or closed by the server, a call in flight, groups, handlers and a stream)',
  begin: (world) => beginReconnects(world, [lose, close]),
};

/** One client: what happens to the hub happens to all. */
export const outages: Routine = {
  name: 'a reconnect after a restart of the hub, or from a half-open connection',
  lanes: 1,
  begin: (world) => beginReconnects(world, [restart, halfOpen]),
};

type End = (world: World, hub: HubClient) => Promise<unknown> | undefined;

const lose: End = (_, hub) => void hub.invoke('Cut').catch(() => {});
const close: End = (_, hub) => void hub.invoke('Expire').catch(() => {});
const restart: End = ({ server }) => server.restart?.();
const halfOpen: End = async ({ server }, hub) => {
  const noticed = next(hub, 'reconnecting');
  await server.freeze?.();
  await noticed;
  await server.thaw?.();
};

/** @param ends the connection, each in turn */
async function beginReconnects(world: World, ends: readonly End[]): Promise<Life> {
  // A half-open connection is noticed by its silence.
  const signalr = ends.includes(halfOpen) ? { serverTimeout: 400 } : {};
  const hub = await startApp(world, { reconnect: { baseDelay: 1, maxDelay: 1 }, signalr });
  const closeStream = openStream(hub);
  return {
    async once(index) {
      const back = restored(hub);
      const inFlight = hub.invoke('Echo', index, 5).catch(() => {});
      await ends[index % ends.length]!(world, hub);
      const { joined } = await back;
      await inFlight;
      if (joined !== groups.length) throw new Error(`Only ${joined} groups are back.`);
    },
    async end() {
      closeStream();
      await hub.dispose();
    },
  };
}

/** Without an end, and opened again whenever its connection ends. Slow, so that there are moments at rest. */
function openStream(hub: HubClient): () => void {
  return createLiveStream(hub, 'Count', [1e9, 1_000], { keep: 10 }).subscribe(() => {});
}

export function rotations(rotation: 'refresh' | 'overlap'): Routine {
  return {
    name: `a new token on a live connection by \`${rotation}\`, with groups, handlers, streams and calls`,
    async begin(world) {
      const { server } = world;
      const url = rotation === 'refresh' ? server.renewable : server.plain;
      const hub = await startApp(world, { url, rotation });
      // An overlap would wait 5 s for a stream that does not end by itself, each time.
      const closeStream = rotation === 'refresh' ? openStream(hub) : () => {};
      return {
        async once(index) {
          const rotated = next(hub, 'rotated');
          const inFlight = [hub.invoke('Echo', index, 2), readAll(hub.stream('Count', 3, 1))];
          await hub.refreshAuthentication();
          const { method } = await rotated;
          await Promise.all(inFlight);
          if (method !== rotation) throw new Error(`It was a ${method}.`);
        },
        async end() {
          closeStream();
          await hub.dispose();
        },
      };
    },
  };
}

/** The overlap waits 5 s for such a stream; so many clients do it at once. */
export const endlessStreams: Routine = {
  name: 'an overlap that ends an endless stream',
  lanes: 50,
  async begin(world) {
    const hub = await startApp(world, { rotation: 'overlap' });
    const closeStream = openStream(hub);
    return {
      once: () => hub.refreshAuthentication(),
      async end() {
        closeStream();
        await hub.dispose();
      },
    };
  },
};

async function readAll(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

function next<T extends 'reconnecting' | 'rotated'>(hub: HubClient, type: T): Promise<HubEventOf<T>> {
  return new Promise((resolve) => {
    const off = hub.events.on(type, (event) => {
      off();
      resolve(event);
    });
  });
}
