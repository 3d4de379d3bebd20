import { tokenFrom } from '@org/hub-core';
import type { TokenChange, TokenSource } from '@org/hub-core';
import { createTestTokens } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { type Client, createClient, createDeferred, serve, until } from './hub.ts';

// Node has BroadcastChannel: two sources of one key are two tabs of one login, for all that the channel knows. What else
// tabs share (locks, localStorage) is proven in a browser.
const tokens = createTestTokens();
const { authenticate } = tokens;

interface Tab extends Client {
  signOuts: string[];
  tell(change: TokenChange): void;
  listeners: Set<unknown>;
}

let keys = 0;
const uniqueKey = (): string => `test:${keys++}`;

function openTab(url: string, { key, user = 'ann' }: { key?: string; user?: string | null }, options = {}): Tab {
  const signOuts: string[] = [];
  const listeners = new Set<(change: TokenChange) => void>();
  const source: TokenSource = tokenFrom(() => (user === null ? null : tokens.issue({ sub: user })), {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signOut: async () => void signOuts.push(user ?? 'nobody'),
  });
  if (key) source.key = key;
  const client = createClient(url, { auth: source, ...options });
  return {
    ...client,
    signOuts,
    listeners,
    tell(change) {
      if (change === 'signed-out') user = null;
      for (const listener of [...listeners]) listener(change);
    },
  };
}

it('17. closes in all tabs at a logout in one, the acknowledged way, and signs out in that one only', async () => {
  const { server, url } = await serve({ authenticate });
  const key = uniqueKey();
  const tabs = [openTab(url, { key }), openTab(url, { key }), openTab(url, { key })];
  await Promise.all(tabs.map(({ hub }) => hub.start()));
  const slow = tabs[1]!.hub.invoke('Echo', 'in flight');
  await tabs[0]!.hub.logout();
  await Promise.all(tabs.map(({ hub }) => until(hub, ({ status }) => status === 'disconnected')));
  expect(await slow).toBe('in flight');
  expect(server.connections()).toEqual([]);
  expect(tabs.map(({ signOuts }) => signOuts)).toEqual([['ann'], [], []]);
  for (const { hub, events } of tabs) {
    expect(events.filter(({ type }) => type === 'sessionEnded')).toEqual([{ type: 'sessionEnded', reason: 'logout' }]);
    expect(hub.getSnapshot()).toMatchObject({ auth: 'signed-out', userId: null, error: null });
  }
});

it('tells the other tabs first: they have closed before the source of the first signs out', async () => {
  const { url } = await serve({ authenticate });
  const key = uniqueKey();
  const there = openTab(url, { key });
  const seen: string[] = [];
  const source = tokenFrom(() => tokens.issue({ sub: 'ann' }), {
    // As at a redirect: whatever is not told by now is never told.
    signOut: async () => void seen.push((await until(there.hub, ({ status }) => status !== 'connected')).status),
  });
  const here = createClient(url, { auth: { ...source, key } });
  await Promise.all([here.hub.start(), there.hub.start()]);
  await here.hub.logout();
  expect(seen).toEqual([expect.stringMatching(/^disconnect/)]);
});

it('tells them also by a client that was never started', async () => {
  const { url } = await serve({ authenticate });
  const key = uniqueKey();
  const [here, there] = [openTab(url, { key }), openTab(url, { key })];
  await there.hub.start();
  await here.hub.logout();
  await until(there.hub, ({ auth, status }) => auth === 'signed-out' && status === 'disconnected');
  expect([here.signOuts, there.signOuts]).toEqual([['ann'], []]);
});

it('leaves alone whom the logout does not concern: another user, another key, a source without one', async () => {
  const { url } = await serve({ authenticate });
  const key = uniqueKey();
  const here = openTab(url, { key });
  const others = [openTab(url, { key, user: 'bob' }), openTab(url, { key: uniqueKey() }), openTab(url, {})];
  // Once it has closed, the others have heard it, too.
  const last = openTab(url, { key });
  await Promise.all([here, last, ...others].map(({ hub }) => hub.start()));
  await here.hub.logout();
  await until(last.hub, ({ status }) => status === 'disconnected');
  expect(others.map(({ hub }) => hub.getSnapshot().status)).toEqual(['connected', 'connected', 'connected']);
});

it('goes on as a visitor once the user is gone, also where that is told while the calls are drained', async () => {
  const { url, calls } = await serve({ authenticate, anonymous: true, methods: { Wait: () => answer.promise } });
  const answer = createDeferred<string>();
  const key = uniqueKey();
  const [here, there] = [openTab(url, { key }), openTab(url, { key }, { anonymous: 'connect' })];
  await Promise.all([here.hub.start(), there.hub.start()]);
  const slow = there.hub.invoke('Wait');
  await expect.poll(calls).toEqual(['Wait']);
  await here.hub.logout();
  await until(there.hub, ({ status }) => status === 'disconnecting');
  there.tell('signed-out');
  answer.resolve('done');
  expect(await slow).toBe('done');
  await until(there.hub, ({ status, auth }) => status === 'connected' && auth === 'anonymous');
  expect(there.types('sessionEnded')).toEqual(['sessionEnded']);
});

it('comes back with whoever signs in after a logout in another tab', async () => {
  const { url } = await serve({ authenticate });
  const key = uniqueKey();
  const [here, there] = [openTab(url, { key }), openTab(url, { key })];
  await Promise.all([here.hub.start(), there.hub.start()]);
  await here.hub.logout();
  await until(there.hub, ({ status }) => status === 'disconnected');
  there.tell('signed-in');
  await until(there.hub, ({ status }) => status === 'connected');
});

it('hears nothing any more after dispose(), and is heard by nobody', async () => {
  const { url } = await serve({ authenticate });
  const key = uniqueKey();
  const [here, there, third] = [openTab(url, { key }), openTab(url, { key }), openTab(url, { key })];
  await Promise.all([here, there, third].map(({ hub }) => hub.start()));
  await there.hub.dispose();
  const before = there.events.length;
  await here.hub.logout();
  await until(third.hub, ({ status }) => status === 'disconnected');
  expect([there.events.length, there.listeners.size]).toEqual([before, 0]);
});
