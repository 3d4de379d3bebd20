import type { TokenSource } from '@org/hub-core';
import { InMemoryWebStorage } from 'oidc-client-ts';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient, signIn, startServers, until } from './client.ts';
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

/** Where in all that was told a part of a token stands: 16 characters are enough to be one. */
function leaks(told: unknown, tokens: ReadonlySet<string>): string[] {
  const parts = new Set([...tokens].flatMap((token) => pieces(token)));
  return textsOf(told).filter((text) => pieces(text).some((piece) => parts.has(piece)));
}

function pieces(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 15) }, (_, start) => text.slice(start, start + 16));
}

/** Every text that can be reached: own properties (an error's message, stack and cause are some), maps, sets, JSON. */
function textsOf(root: unknown): string[] {
  const texts = new Set<string>();
  const seen = new Set<unknown>();
  const queue: unknown[] = [root];
  for (const value of queue) {
    if (typeof value === 'string') texts.add(value);
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue;
    seen.add(value);
    // What holds the user is the app's and oidc-client-ts's own.
    if (value.constructor.name === 'UserManager') continue;
    texts.add(JSON.stringify(value, withoutCycles()) ?? '');
    if (value instanceof Map || value instanceof Set) queue.push(...value.entries());
    for (const key of Reflect.ownKeys(value)) queue.push(String(key), Reflect.get(value, key));
  }
  return [...texts];
}

function withoutCycles(): (key: string, value: unknown) => unknown {
  const seen = new Set<unknown>();
  return (_, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value) || value.constructor?.name === 'UserManager') return undefined;
    seen.add(value);
    return value;
  };
}

/** Each token that is given out from now on: the provider's as they are stored, the hub's as negotiate tells them. */
function collectTokens() {
  const tokens = new Set<string>();
  const store = new (class extends InMemoryWebStorage {
    override setItem(key: string, value: string): void {
      const user = JSON.parse(value) as Record<string, unknown>;
      for (const name of ['access_token', 'refresh_token', 'id_token']) tokens.add(String(user[name]));
      super.setItem(key, value);
    }
  })();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init);
    if (response.ok) tokens.add(((await response.clone().json()) as { connectionToken: string }).connectionToken);
    return response;
  };
  return { tokens, store, fetch };
}

function captureConsole(): unknown[] {
  const printed: unknown[] = [];
  for (const level of ['trace', 'debug', 'log', 'info', 'warn', 'error'] as const) {
    const spy = vi.spyOn(console, level).mockImplementation((...args) => void printed.push(...(args as unknown[])));
    onTestFinished(() => spy.mockRestore());
  }
  return printed;
}

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
