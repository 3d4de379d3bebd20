import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Lab } from '../lab/index.ts';
import { createClient, nextEvent, startServers, unhandledRejections, until } from './client.ts';
import { appSignIn } from './users.ts';

it('18. another user signs in: the connection of the first one is closed before there is one of the second', async () => {
  const { lab } = await startServers({ lab: { disconnectDelay: 500 } });
  const app = appSignIn(lab, 'ann');
  const { hub, types } = createClient(lab.url, { auth: app.source });
  hub.join('room');
  await hub.start();
  const running = hub.invoke('Slow', 5_000, "ann's");

  const lost = expect(running).rejects.toMatchObject({ code: 'connection-lost', sent: 'unknown' });
  await lab.waitFor('the call', ({ calls }) => calls.some(({ method }) => method === 'Slow'));
  app.as('bob');
  await until(hub, ({ userId, status }) => userId === 'bob' && status === 'connected');
  await lost;

  const [gone, ...more] = await lab.disconnects();
  expect(more).toEqual([]);
  const [, second] = await lab.negotiations();
  expect(second!.at).toBeGreaterThanOrEqual(gone!.finishedAt!);
  expect((await lab.connections()).map(({ userId, groups }) => [userId, ...groups])).toEqual([['bob', 'room']]);
  expect(hub.getSnapshot()).toMatchObject({ auth: 'authenticated', gaps: 1, error: null });
  expect(types('sessionEnded', 'unauthorized', 'reconnecting', 'restored')).toEqual(['restored']);
});

it('18. calls that wait for the connection of one user are not made by the next one', async () => {
  const { lab } = await startServers();
  const rejections = unhandledRejections();
  const app = appSignIn(lab, 'ann');
  const { hub } = createClient(lab.url, { auth: app.source });
  await hub.start();
  await lab.reject(503, { times: 1_000 });
  const reconnecting = nextEvent(hub, 'reconnecting');
  await lab.drop();
  await reconnecting;
  const waiting = [hub.invoke('Echo', "ann's"), hub.send('SendToGroup', 'room', "ann's")];
  const outcomes = Promise.allSettled(waiting);

  app.as('bob');
  const refused = { status: 'rejected', reason: { code: 'identity-changed', sent: 'no' } };
  expect(await outcomes).toMatchObject([refused, refused]);
  const restarted = hub.start();
  const next = hub.invoke('Echo', "bob's");
  await lab.reject(503, { times: 0 });

  expect(await next).toBe("bob's");
  await restarted;
  expect((await lab.calls()).map(({ userId, method, args }) => [userId, method, ...args])).toEqual([
    ['bob', 'Echo', "bob's"],
  ]);
  expect(rejections).toEqual([]);
});

it.each(['off', 'overlap'] as const)(
  '18. no message to one user is heard in the session of another, under load, with rotation %s',
  async (rotation) => {
    const { lab } = await startServers({ lab: { disconnectDelay: 50, allowAnonymous: true } });
    const users = ['ann', 'bob', null];
    const app = appSignIn(lab, 'ann');
    const { hub } = createClient(lab.url, { auth: app.source, anonymous: 'connect', rotation });
    const foreign: unknown[] = [];
    const heard = new Map<string, number>();
    hub.on('GroupMessage', (to, text) => {
      heard.set(to, (heard.get(to) ?? 0) + 1);
      const { userId } = hub.getSnapshot();
      if (to !== userId || to !== app.served()) foreign.push({ to, text, userId, served: app.served() });
    });
    await hub.start();
    const load = sendMail(lab, ['ann', 'bob']);

    for (let round = 1; round <= 12; round += 1) {
      const before = users[(round - 1) % 3]!;
      const next = users[round % 3]!;
      // The rotation is interrupted wherever it is.
      if (rotation === 'overlap' && before) hub.refreshAuthentication().catch(() => undefined);
      const switched = until(hub, ({ userId, status }) => userId === next && status === 'connected');
      app.as(next);
      await switched;
      if (next) await hears(next);
    }
    await load.stop();

    expect(foreign).toEqual([]);
    expect([...heard.keys()].sort()).toEqual(['ann', 'bob']);

    /** Mail has come to this user again. */
    async function hears(to: string): Promise<void> {
      const known = heard.get(to) ?? 0;
      await expect.poll(() => heard.get(to) ?? 0, { interval: 5, timeout: 5_000 }).toBeGreaterThan(known + 5);
    }
  },
);

it.each(['off', 'overlap'] as const)(
  '18. what still comes on a connection whose close is not heard is for nobody, with rotation %s',
  async (rotation) => {
    const { lab } = await startServers();
    const app = appSignIn(lab, 'ann');
    const sockets = new Set<WebSocket>();
    const unheard = new Set<WebSocket>();
    class OneWaySocket extends WebSocket {
      override send(...args: [never]): void {
        sockets.add(this);
        if (!unheard.has(this)) super.send(...args);
      }
    }
    const signalr = { WebSocket: OneWaySocket as never };
    const { hub } = createClient(lab.url, { auth: app.source, rotation, signalr });
    const heard: string[] = [];
    hub.on('GroupMessage', (to, text) => heard.push(`${to} ${text}`));
    hub.join('room');
    await hub.start();
    if (rotation === 'overlap') {
      await lab.setJoinDelay(60_000);
      hub.refreshAuthentication().catch(() => undefined);
      await lab.waitFor('the second link joins', ({ joins }) => joins.calls.length === 2);
      await lab.setJoinDelay(0);
    }
    await lab.toUser('ann', 'GroupMessage', 'ann', 'before');
    await expect.poll(() => heard).toEqual(['ann before']);

    for (const socket of sockets) unheard.add(socket);
    app.as('bob');
    await expect.poll(() => app.served()).toBe('bob');
    for (let number = 1; number <= 20; number += 1) await lab.toUser('ann', 'GroupMessage', 'ann', 'after');
    await until(hub, ({ userId, status }) => userId === 'bob' && status === 'connected');
    await lab.toUser('bob', 'GroupMessage', 'bob', 'first');
    await expect.poll(() => heard.at(-1)).toBe('bob first');

    expect(heard).toEqual(['ann before', 'bob first']);
  },
);

it('18. a visitor who signs in sees the public part first, and then everything', async () => {
  const { lab } = await startServers({ lab: { allowAnonymous: true, disconnectDelay: 300 } });
  lab.setRoles('ann', ['admin']);
  await lab.refuseGroup('members');
  const app = appSignIn(lab);
  const { hub, types } = createClient(lab.url, { auth: app.source, anonymous: 'connect' });
  const heard: string[] = [];
  hub.on('GroupMessage', (group, text) => heard.push(`${group} ${text}`));
  hub.join('public');
  const members = hub.join('members');

  await hub.start();

  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', auth: 'anonymous', userId: null, gaps: 0 });
  expect(members.state).toMatchObject({ status: 'failed', error: { code: 'group-forbidden' } });
  await expect(hub.invoke('RolesOnly')).rejects.toMatchObject({ code: 'method-forbidden' });
  await lab.toUser('ann', 'GroupMessage', 'ann', 'not for visitors');
  await lab.toGroup('public', 'GroupMessage', 'public', 'for all');
  await hub.invoke('Echo', 'all is heard');

  await lab.admitGroup('members');
  app.as('ann');
  await until(hub, ({ userId, status }) => userId === 'ann' && status === 'connected');
  await members.ready;
  expect(await hub.invoke('RolesOnly')).toBe('welcome');
  await lab.toUser('ann', 'GroupMessage', 'ann', 'for her');
  await lab.toGroup('members', 'GroupMessage', 'members', 'for members');
  await hub.invoke('Echo', 'all is heard');

  expect(heard).toEqual(['public for all', 'ann for her', 'members for members']);
  const [visit] = await lab.disconnects();
  expect((await lab.negotiations())[1]!.at).toBeGreaterThanOrEqual(visit!.finishedAt!);
  expect((await lab.negotiations()).map(({ tokenId }) => tokenId === null)).toEqual([true, false]);
  expect(hub.getSnapshot()).toMatchObject({ auth: 'authenticated', gaps: 1 });
  expect(types('sessionEnded', 'unauthorized', 'forbidden')).toEqual([]);
});

it("18. with anonymous: 'wait' nothing is asked of the hub before somebody signs in", async () => {
  const { lab } = await startServers();
  const app = appSignIn(lab);
  const { hub, types } = createClient(lab.url, { auth: app.source });
  hub.join('room');

  const started = hub.start();
  await until(hub, ({ auth }) => auth === 'anonymous');
  expect(await lab.requests()).toEqual([]);
  app.as('ann');
  await started;

  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann', gaps: 0 });
  expect((await lab.negotiations()).map(({ status, tokenId }) => [status, tokenId !== null])).toEqual([[200, true]]);
  expect((await lab.connections()).map(({ userId, groups }) => [userId, ...groups])).toEqual([['ann', 'room']]);
  expect(types('sessionEnded', 'unauthorized')).toEqual([]);
});

/** Mail to each of these, without a pause, until it is stopped. */
function sendMail(lab: Lab, users: readonly string[]): { stop(): Promise<void> } {
  let goesOn = true;
  onTestFinished(() => {
    goesOn = false;
  });
  const sending = (async () => {
    for (let number = 1; goesOn; number += 1) {
      await Promise.all(users.map((user) => lab.toUser(user, 'GroupMessage', user, String(number))));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return {
    stop() {
      goesOn = false;
      return sending;
    },
  };
}
