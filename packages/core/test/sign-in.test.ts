import { tokenFrom } from '@org/hub-core';
import type { TokenChange, TokenSource } from '@org/hub-core';
import { createTestTokens } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { createClient, createDeferred, nextEvent, serve, until } from './hub.ts';

const tokens = createTestTokens();
const { authenticate } = tokens;

/** An app's sign-in: who it is now, and news of it. */
function createSignIn(issue = (user: string): string | Promise<string> => tokens.issue({ sub: user })) {
  let user: string | null = null;
  const listeners = new Set<(change: TokenChange) => void>();
  const signOuts: string[] = [];
  const source: TokenSource = tokenFrom(() => (user === null ? null : issue(user)), {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async signOut() {
      signOuts.push(user ?? 'nobody');
      tell('signed-out', null);
    },
  });
  function tell(change: TokenChange, who: string | null): void {
    user = who;
    for (const listener of [...listeners]) listener(change);
  }
  return { source, tell, signOuts, listeners };
}

it('waits for a sign-in without asking the hub, then connects', async () => {
  const { url, visits } = await serve({ authenticate });
  const { source, tell } = createSignIn();
  const { hub, types } = createClient(url, { auth: source });
  const started = hub.start();
  const { status, auth, error } = await until(hub, (snapshot) => snapshot.auth === 'anonymous');
  expect([status, auth, error, visits]).toEqual(['disconnected', 'anonymous', null, []]);
  tell('signed-in', 'ann');
  await started;
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', auth: 'authenticated', userId: 'ann' });
  expect([visits, types('sessionEnded')]).toEqual([['negotiated ann'], []]);
});

it('connects as a visitor, and again as the user who signs in', async () => {
  const { server, url, visits } = await serve({ authenticate, anonymous: true });
  const { source, tell } = createSignIn();
  const { hub } = createClient(url, { auth: source, anonymous: 'connect' });
  hub.join('room');
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', auth: 'anonymous', userId: null });
  tell('signed-in', 'ann');
  await until(hub, ({ userId, status }) => userId === 'ann' && status === 'connected');
  expect(visits).toEqual(['negotiated null', 'negotiated ann']);
  expect(server.connections().map(({ userId, groups }) => [userId, ...groups])).toEqual([['ann', 'room']]);
  expect(hub.getSnapshot().gaps).toBe(1);
});

it('goes on as a visitor when the user signs out', async () => {
  const { url, visits } = await serve({ authenticate, anonymous: true });
  const { source, tell } = createSignIn();
  const { hub, events } = createClient(url, { auth: source, anonymous: 'connect' });
  tell('signed-in', 'ann');
  await hub.start();
  tell('signed-out', null);
  await until(hub, ({ auth, status }) => auth === 'anonymous' && status === 'connected');
  expect(visits).toEqual(['negotiated ann', 'negotiated null']);
  expect(events.filter(({ type }) => type === 'sessionEnded')).toEqual([
    { type: 'sessionEnded', reason: 'signed-out' },
  ]);
});

it('closes and waits when the user signs out, and comes back on sign-in, not on `renewed`', async () => {
  const { server, url, visits } = await serve({ authenticate });
  const { source, tell } = createSignIn();
  const { hub, types } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  await hub.start();
  tell('signed-out', null);
  await until(hub, ({ status }) => status === 'disconnected');
  expect([server.connections(), types('sessionEnded')]).toEqual([[], ['sessionEnded']]);
  await expect(hub.invoke('Echo', 1)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  tell('renewed', 'ann');
  expect(hub.getSnapshot().status).toBe('disconnected');
  tell('signed-in', 'ann');
  await until(hub, ({ status }) => status === 'connected');
  expect(visits).toEqual(['negotiated ann', 'negotiated ann']);
});

it('connects on a sign-in after a sign-out that came before there was a connection', async () => {
  const { server, url } = await serve({ authenticate });
  const { source, tell } = createSignIn();
  const { hub } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  const lift = server.reject(503);
  const started = hub.start();
  await until(hub, ({ attempt }) => attempt > 0);
  tell('signed-out', null);
  await until(hub, ({ status }) => status === 'disconnected');
  lift();
  tell('signed-in', 'ann');
  await started;
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann' });
});

it('closes the connection of one user before it opens that of another', async () => {
  const order: string[] = [];
  const { url } = await serve({
    authenticate,
    onConnected: ({ userId }) => void order.push(`${userId} connected`),
    onDisconnected: ({ userId }) => void order.push(`${userId} disconnected`),
  });
  const { source, tell } = createSignIn();
  const { hub } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  await hub.start();
  tell('signed-in', 'bob');
  await until(hub, ({ userId, status }) => userId === 'bob' && status === 'connected');
  expect(order).toEqual(['ann connected', 'ann disconnected', 'bob connected']);
  expect(hub.getSnapshot().gaps).toBe(1);
});

it('rejects the queued calls of the user before with `identity-changed`', async () => {
  const { server, url, calls } = await serve({ authenticate });
  const { source, tell } = createSignIn();
  const { hub } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  await hub.start();
  server.reject(503, { times: 1_000 });
  const lost = nextEvent(hub, 'reconnecting');
  server.drop();
  await lost;
  const outcome = expect(hub.invoke('Echo', 'of ann')).rejects.toMatchObject({ code: 'identity-changed', sent: 'no' });
  tell('signed-in', 'bob');
  await outcome;
  expect(calls()).toEqual([]);
});

it('does not touch the connection when the same user signs in again', async () => {
  const { url, visits } = await serve({ authenticate });
  const { source, tell } = createSignIn();
  const { hub } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  await hub.start();
  tell('signed-in', 'ann');
  expect(await hub.invoke('Echo', 'still here')).toBe('still here');
  expect([visits, hub.getSnapshot().gaps]).toEqual([['negotiated ann'], 0]);
});

it('a verdict of `unauthorized` ends with a sign-in, for both clients of the source', async () => {
  const { server, url } = await serve({ authenticate });
  const { source, tell } = createSignIn();
  const clients = [createClient(url, { auth: source }), createClient(url, { auth: source })];
  tell('signed-in', 'ann');
  const lift = server.reject(401);
  const outcomes = await Promise.allSettled(clients.map(({ hub }) => hub.start()));
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual([
    'unauthorized',
    'unauthorized',
  ]);
  lift();
  tell('signed-in', 'ann');
  await Promise.all(clients.map(({ hub }) => until(hub, ({ status }) => status === 'connected')));
});

it('logs out in order: closed, then signed out, and start() connects whoever signs in next', async () => {
  const { server, url } = await serve({ authenticate });
  const { source, tell, signOuts } = createSignIn();
  const { hub, events } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  await hub.start();
  expect(await hub.logout()).toEqual({ drained: 0, aborted: 0, close: 'acknowledged' });
  expect([signOuts, server.connections(), hub.getSnapshot()]).toEqual([
    ['ann'],
    [],
    expect.objectContaining({ status: 'disconnected', auth: 'signed-out', userId: null, error: null }),
  ]);
  expect(events.filter(({ type }) => type === 'sessionEnded')).toEqual([{ type: 'sessionEnded', reason: 'logout' }]);
  tell('signed-in', 'bob');
  await until(hub, ({ userId, status }) => userId === 'bob' && status === 'connected');
});

it('logs out a client that was never started, and starts it afterwards', async () => {
  const { url } = await serve({ authenticate });
  const { source, tell, signOuts } = createSignIn();
  const { hub } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  expect(await hub.logout()).toMatchObject({ close: 'not-connected' });
  expect(signOuts).toEqual(['ann']);
  tell('signed-in', 'ann');
  await hub.start();
  expect(hub.getSnapshot().status).toBe('connected');
});

it('keeps its session when it is asked not to sign out', async () => {
  const { url } = await serve({ authenticate });
  const { source, tell, signOuts } = createSignIn();
  const { hub } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  await hub.start();
  await hub.logout({ signOut: false });
  expect(signOuts).toEqual([]);
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann' });
});

it('listens to its source only while a client is started', async () => {
  const { url } = await serve({ authenticate });
  const { source, tell, listeners } = createSignIn();
  const [first, second] = [createClient(url, { auth: source }).hub, createClient(url, { auth: source }).hub];
  tell('signed-in', 'ann');
  const counts = [listeners.size];
  await Promise.all([first.start(), second.start()]);
  counts.push(listeners.size);
  await first.stop();
  counts.push(listeners.size);
  await second.dispose();
  expect([...counts, listeners.size]).toEqual([0, 1, 1, 0]);
});

it('listens to its source once when it is started during a logout', async () => {
  const { url } = await serve({ authenticate });
  const { source, tell, listeners } = createSignIn();
  const { hub } = createClient(url, { auth: source });
  const loggedOut = hub.logout();
  const started = hub.start();
  await loggedOut;
  tell('signed-in', 'ann');
  await started;
  const counts = [listeners.size];
  await hub.stop();
  counts.push(listeners.size);
  await hub.logout();
  expect([...counts, listeners.size]).toEqual([1, 0, 0]);
});

it('keeps the calls of whoever signs in after a logout', async () => {
  const { url, visits } = await serve({ authenticate });
  let user = 'ann';
  const { hub } = createClient(url, { auth: tokenFrom(() => tokens.issue({ sub: user })) });
  await hub.start();
  await hub.logout();
  user = 'bob';
  const started = hub.start();
  expect(await hub.invoke('Echo', 'of bob')).toBe('of bob');
  await started;
  expect(visits).toEqual(['negotiated ann', 'negotiated bob']);
});

it('does not connect with a token that was on its way at the logout', async () => {
  const { url, visits } = await serve({ authenticate });
  const answer = createDeferred<string>();
  let user = 'ann';
  const auth = tokenFrom(() => (user === 'ann' ? answer.promise : tokens.issue({ sub: user })), {
    signOut: () => Promise.resolve(void (user = 'bob')),
  });
  const { hub } = createClient(url, { auth });
  const started = hub.start();
  const loggedOut = hub.logout();
  answer.resolve(await tokens.issue({ sub: 'ann' }));
  await loggedOut;
  await Promise.all([started, hub.start()]);
  expect([hub.getSnapshot().userId, visits]).toEqual(['bob', ['negotiated bob']]);
});

it('stays signed out when a sign-in was overtaken by a logout', async () => {
  const { url, visits } = await serve({ authenticate });
  const asked = createDeferred();
  const answer = createDeferred<string>();
  const { source, tell } = createSignIn((user) => {
    if (user !== 'bob') return tokens.issue({ sub: user });
    asked.resolve();
    return answer.promise;
  });
  const { hub } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  await hub.start();
  tell('signed-in', 'bob');
  await asked.promise;
  const loggedOut = hub.logout();
  answer.resolve(await tokens.issue({ sub: 'bob' }));
  await loggedOut;
  expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', auth: 'signed-out' });
  tell('signed-in', 'cem');
  await until(hub, ({ userId, status }) => userId === 'cem' && status === 'connected');
  expect(visits).toEqual(['negotiated ann', 'negotiated cem']);
});

it('keeps a call that came with the sign-in of another user, and with start()', async () => {
  const { url, visits } = await serve({ authenticate });
  const { source, tell } = createSignIn();
  const { hub } = createClient(url, { auth: source });
  tell('signed-in', 'ann');
  await hub.start();
  await hub.logout();
  tell('signed-in', 'bob');
  void hub.start();
  expect(await hub.invoke('Echo', 1)).toBe(1);
  expect(visits).toEqual(['negotiated ann', 'negotiated bob']);
});

it('believes a sign-out, also from a source that still has a token', async () => {
  const { url, visits } = await serve({ authenticate });
  const { source, tell } = createSignIn();
  tell('signed-in', 'ann');
  const { hub, types } = createClient(url, { auth: source });
  await hub.start();
  tell('signed-out', 'ann');
  await until(hub, ({ status }) => status === 'disconnected');
  expect(hub.getSnapshot().auth).toBe('signed-out');
  expect([visits, types('sessionEnded')]).toEqual([['negotiated ann'], ['sessionEnded']]);
});
