import type { HubOptions, LogoutReport } from '@org/hub-core';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Lab, LabOptions, TokenEndpoint } from '../lab/index.ts';
import { createClient, nextEvent, signIn, startServers, unhandledRejections, until } from './client.ts';
import type { Client } from './client.ts';
import { countResources } from './resources.ts';

/** Ms for the drain, and for the close. */
const timeout = 400;

interface Moment {
  lab?: LabOptions;
  /** The stored user's token has expired: the start needs another. */
  expired?: boolean;
  options?: Partial<HubOptions>;
  /** Brings both clients there. What it leaves under way may end as it likes, but not unhandled. */
  reach(world: { lab: Lab; endpoint: TokenEndpoint; clients: Client[] }): Promise<unknown>;
  close: LogoutReport['close'];
}

const startAll = (clients: Client[]): Promise<unknown> => Promise.all(clients.map(({ hub }) => hub.start()));
const begin = (clients: Client[]): void => clients.forEach(({ hub }) => void hub.start().catch(() => undefined));
const rotate = (clients: Client[]): void =>
  clients.forEach(({ hub }) => void hub.refreshAuthentication().catch(() => undefined));
/** For requests that nobody answers. */
const never: typeof fetch = (_, init) =>
  new Promise((__, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('Nobody answered.'))));
const isRefresh = (input: string | URL | Request): boolean =>
  (input instanceof Request ? input.url : input.toString()).includes('/refresh');

const moments: Record<string, Moment> = {
  'during a connect that waits for its token': {
    expired: true,
    async reach({ endpoint, clients }) {
      endpoint.delay(3_000);
      begin(clients);
      await expect.poll(() => endpoint.requests, { interval: 5 }).toBe(1);
    },
    close: 'not-connected',
  },
  'during a negotiate that nobody answers': {
    options: { signalr: { fetch: never } },
    reach({ clients }) {
      begin(clients);
      return Promise.all(clients.map(({ hub }) => until(hub, ({ auth }) => auth === 'authenticated')));
    },
    close: 'not-connected',
  },
  'while a connect joins its groups': {
    lab: { joinDelay: 60_000 },
    async reach({ lab, clients }) {
      for (const { hub } of clients) hub.join('room');
      begin(clients);
      await lab.waitFor('both join', ({ joins }) => joins.calls.length === 2);
    },
    // The joins are no calls of the app.
    close: 'acknowledged',
  },
  'during the wait between two tries': {
    options: { reconnect: { baseDelay: 60_000, maxDelay: 60_000 } },
    async reach({ lab, clients }) {
      await startAll(clients);
      const lost = clients.map(({ hub }) => nextEvent(hub, 'reconnecting'));
      await lab.drop();
      await Promise.all(lost);
    },
    close: 'not-connected',
  },
  'during a reconnect with a hanging token request': {
    async reach({ lab, endpoint, clients }) {
      await startAll(clients);
      endpoint.delay(3_000);
      await lab.revoke('ann');
      await lab.drop();
      await expect.poll(() => endpoint.requests, { interval: 5 }).toBe(1);
    },
    close: 'not-connected',
  },
  'while both rotate, and wait for their token': {
    options: { rotation: 'overlap' },
    async reach({ endpoint, clients }) {
      await startAll(clients);
      endpoint.delay(3_000);
      rotate(clients);
      await expect.poll(() => endpoint.requests, { interval: 5 }).toBe(1);
    },
    close: 'acknowledged',
  },
  'while the second links of both overlaps join their groups': {
    options: { rotation: 'overlap' },
    async reach({ lab, clients }) {
      for (const { hub } of clients) hub.join('room');
      await startAll(clients);
      await lab.setJoinDelay(60_000);
      rotate(clients);
      await lab.waitFor('both join once more', ({ joins }) => joins.calls.length === 4);
    },
    close: 'acknowledged',
  },
  'while both overlaps leave their first links': {
    options: { rotation: 'overlap' },
    async reach({ lab, clients }) {
      await startAll(clients);
      await lab.setDisconnectDelay(150);
      rotate(clients);
      await lab.waitFor('a first link is being closed', ({ disconnects }) => disconnects.length > 0);
    },
    close: 'acknowledged',
  },
  'while both are renewed in place, by a server that does not answer': {
    lab: { tokenRefresh: true },
    options: {
      rotation: 'refresh',
      signalr: {
        fetch: (input, init) => (isRefresh(input) ? never(input, init) : fetch(input, init)),
      },
    },
    async reach({ endpoint, clients }) {
      await startAll(clients);
      rotate(clients);
      await Promise.all(clients.map(({ hub }) => nextEvent(hub, 'tokenRefreshed')));
      expect(endpoint.requests).toBe(1);
    },
    close: 'acknowledged',
  },
  'when the server hangs in OnDisconnected': {
    async reach({ lab, clients }) {
      await startAll(clients);
      await lab.setDisconnectDelay(3_000);
    },
    close: 'timed-out',
  },
  'when the server refuses them': {
    async reach({ lab, clients }) {
      await startAll(clients);
      await lab.reject(403, { times: 99 });
      await lab.drop();
      await Promise.all(clients.map(({ hub }) => nextEvent(hub, 'forbidden')));
    },
    close: 'not-connected',
  },
  'when the server is gone': {
    options: { reconnect: { baseDelay: 20, maxDelay: 20 } },
    async reach({ lab, clients }) {
      await startAll(clients);
      void lab.restart({ downFor: 2_000 });
      await Promise.all(clients.map(({ hub }) => until(hub, ({ attempt }) => attempt > 2)));
    },
    close: 'not-connected',
  },
};

it.each(Object.entries(moments))('16. logout of two hubs %s is bounded, true, and the end', async (_, moment) => {
  const { lab, endpoint } = await startServers({ lab: moment.lab ?? {} });
  const rejections = unhandledRejections();
  const resources = countResources();
  const { manager, source } = await signIn(endpoint, { expired: moment.expired ?? false });
  const given = moment.options ?? {};
  const options = { auth: source, ...given, signalr: { ...given.signalr, WebSocket: resources.WebSocket } };
  const clients = [createClient(lab.url, options), createClient(lab.url, options)];
  await moment.reach({ lab, endpoint, clients });
  const told = clients.map(({ events }) => events.length);

  const startedAt = Date.now();
  const report = await clients[0]!.hub.logout({ timeout });
  const took = Date.now() - startedAt;

  expect(report).toEqual({ drained: 0, aborted: 0, close: moment.close });
  // The drain, the close, and what SignalR needs to stop.
  expect(took).toBeLessThan(3 * timeout + 300);
  expect(await manager.getUser()).toBeNull();
  for (const [index, { hub, events }] of clients.entries()) {
    expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', auth: 'signed-out', userId: null, error: null });
    await expect(hub.invoke('Add', 1, 2)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
    const since = events.slice(told[index]).map(({ type }) => type);
    expect(since.filter((type) => /unauthorized|forbidden|reconnecting|rotated|restored/.test(type))).toEqual([]);
    expect(since.filter((type) => type === 'sessionEnded').length).toBeLessThan(2);
  }

  // Whatever comes late, tokens and answers, changes nothing.
  const requests = (await lab.requests()).length;
  endpoint.recover();
  await lab.setDisconnectDelay(0);
  await expect.poll(() => resources.sockets(), { timeout: 5_000 }).toBe(0);
  await lab.waitFor('nobody is there', ({ connections }) => connections.length === 0);
  expect(await manager.getUser()).toBeNull();
  expect(clients.map(({ hub }) => hub.getSnapshot().status)).toEqual(['disconnected', 'disconnected']);
  expect((await lab.requests()).length).toBe(requests);
  expect(rejections).toEqual([]);
  expect(resources.timers()).toEqual([]);
});

it('16. calls that do not end in time are counted as aborted, and know that they may have been run', async () => {
  const { lab, endpoint } = await startServers();
  const { source } = await signIn(endpoint);
  const [first, second] = [createClient(lab.url, { auth: source }), createClient(lab.url, { auth: source })];
  await startAll([first, second]);
  const calls = [
    first.hub.invoke('Slow', 100, 'a'),
    first.hub.invoke('Slow', 20_000, 'b'),
    second.hub.invoke('Slow', 20_000, 'c'),
  ];
  const outcomes = Promise.allSettled(calls);
  await lab.waitFor('three calls run', (facts) => facts.calls.filter(({ method }) => method === 'Slow').length === 3);

  const report = await second.hub.logout({ timeout });

  expect(report).toMatchObject({ drained: 1, aborted: 2 });
  const lost = { status: 'rejected', reason: { sent: 'unknown' } };
  expect(await outcomes).toMatchObject([{ status: 'fulfilled', value: 'a' }, lost, lost]);
});

it('16. a network that has gone silent does not hold a logout up', async () => {
  const { lab, endpoint } = await startServers();
  const { manager, source } = await signIn(endpoint);
  let silent = false;
  class SilencedSocket extends WebSocket {
    override send(...args: [never]): void {
      if (!silent) super.send(...args);
    }
  }
  const { hub } = createClient(lab.url, { auth: source, signalr: { WebSocket: SilencedSocket as never } });
  await hub.start();
  silent = true;
  const call = expect(hub.invoke('Add', 1, 2)).rejects.toMatchObject({ sent: 'unknown' });

  const startedAt = Date.now();
  const report = await hub.logout({ timeout });

  expect(report).toEqual({ drained: 0, aborted: 1, close: 'timed-out' });
  expect(Date.now() - startedAt).toBeLessThan(3 * timeout + 300);
  expect(await manager.getUser()).toBeNull();
  await call;
});
