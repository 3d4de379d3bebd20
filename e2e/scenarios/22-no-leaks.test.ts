import type { TokenSource } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, signIn, startServers, until } from './client.ts';
import { captureConsole, collectTokens, leaks } from './leaks.ts';
import { fakePage } from './page.ts';
import { countResources } from './resources.ts';

it('22. no part of any token is told to anybody, and nothing is left after dispose()', async () => {
  const { lab, endpoint } = await startServers();
  const resources = countResources();
  const page = fakePage();
  const printed = captureConsole();
  const { tokens, store, fetch } = collectTokens();
  const { source } = await signIn(endpoint, {}, store);
  const { counted, subscriptions } = countSubscriptions(source);
  const { hub, events, types } = createClient(lab.url, {
    auth: counted,
    logger: 'trace',
    reconnect: { baseDelay: 50, maxDelay: 200 },
    // A refused upgrade is to be retried here, not to end in another transport.
    signalr: { WebSocket: resources.WebSocket, fetch, transport: 'WebSockets' },
  });
  const told: unknown[] = [hub, counted, events, printed];
  hub.subscribe(() => told.push(hub.getSnapshot()));
  const fails = async (doing: Promise<unknown>): Promise<void> => {
    told.push(
      await doing.then(
        () => Promise.reject(new Error('It should have failed.')),
        (error: unknown) => error,
      ),
    );
  };

  // Start: groups, calls, and what a server can refuse.
  await lab.refuseGroup('closed');
  hub.join('room');
  const closed = hub.join('closed');
  await hub.start();
  // What is counted at the end can be counted.
  expect([resources.sockets(), resources.timers().length > 0, page.listeners().length > 0, subscriptions()]).toEqual([
    1,
    true,
    true,
    1,
  ]);
  await fails(closed.ready);
  await fails(hub.invoke('Fail', 'other'));
  await fails(hub.invoke('RolesOnly'));

  // A token that is refused, and its renewal; then a reconnect that meets faults of the server.
  await lab.revoke('ann');
  await lab.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  await lab.reject(503);
  await lab.reject(502, { on: 'connect' });
  const slow = hub.invoke('Slow', 5_000, 'lost');
  await Promise.all([fails(slow), lab.drop()]);
  await until(hub, ({ gaps }) => gaps === 2);

  // Two 401 stop it; start() tries again, while the token end point fails once and then gives a token of a few seconds.
  await lab.reject(401, { times: 2 });
  await lab.drop();
  await until(hub, ({ status, error }) => status === 'disconnected' && error !== null);
  await lab.revoke('ann');
  endpoint.status(500);
  const failed = new Promise((resolve) => hub.events.on('tokenRefreshFailed', resolve));
  const started = hub.start();
  await failed;
  endpoint.recover();
  endpoint.setLifetime(4);
  await started;

  // The renewal of a live connection's token, ahead of its expiry.
  endpoint.setLifetime(300);
  await new Promise((resolve) => hub.events.on('tokenRefreshed', resolve));

  told.push(await hub.logout());
  await fails(hub.invoke('Add', 1, 2));
  await hub.dispose();
  await fails(hub.start());

  expect(new Set(types(...events.map(({ type }) => type)))).toEqual(
    new Set([
      'statusChanged',
      'groupJoined',
      'groupFailed',
      'reconnecting',
      'restored',
      'tokenRefreshed',
      'tokenRefreshFailed',
      'tokenExpiring',
      'unauthorized',
      'sessionEnded',
    ]),
  );
  // Access, refresh and id tokens of the sign-in and of each renewal, and a connection token for each negotiate.
  expect(tokens.size).toBeGreaterThanOrEqual(3 * 4 + 5);
  expect(printed.length).toBeGreaterThan(20);
  expect(leaks(told, tokens)).toEqual([]);
  expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);

  expect({
    sockets: resources.sockets(),
    timers: resources.timers(),
    pageListeners: page.listeners(),
    subscriptions: subscriptions(),
  }).toEqual({ sockets: 0, timers: [], pageListeners: [], subscriptions: 0 });
});

function countSubscriptions(source: TokenSource): { counted: TokenSource; subscriptions(): number } {
  let subscribed = 0;
  const counted: TokenSource = {
    ...source,
    subscribe(listener) {
      const off = source.subscribe?.(listener);
      subscribed += 1;
      return () => {
        subscribed -= 1;
        off?.();
      };
    },
  };
  return { counted, subscriptions: () => subscribed };
}
