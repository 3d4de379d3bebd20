import { tokenFrom } from '@org/hub-core';
import { createTestTokens } from '@org/hub-testing';
import type { AnyHubContract, HubCall } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { createClient, createDeferred, nextEvent, serve, until } from './hub.ts';

it('joins what is wanted before start() resolves, and again after a reconnect', async () => {
  const { server, url, calls } = await serve();
  const { hub, types } = createClient(url);
  const room = hub.join('room');
  expect(room.state).toEqual({ status: 'joining', error: null });
  await hub.start();
  await room.ready;
  expect([room.state.status, hub.getSnapshot().groups.get('room')]).toEqual(['joined', room.state]);
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect([...server.connections()[0]!.groups]).toEqual(['room']);
  expect(calls()).toEqual(['JoinGroup room', 'JoinGroup room']);
  expect(types('groupJoined', 'reconnecting', 'restored')).toEqual([
    'groupJoined',
    'reconnecting',
    'groupJoined',
    'restored',
  ]);
});

it('joins and leaves on a live connection', async () => {
  const { url, calls } = await serve();
  const { hub, events } = createClient(url);
  await hub.start();
  const room = hub.join('room');
  await room.ready;
  await room.leave();
  expect(calls()).toEqual(['JoinGroup room', 'LeaveGroup room']);
  expect(events.filter(({ type }) => type.startsWith('group'))).toEqual([
    { type: 'groupJoined', group: 'room' },
    { type: 'groupLeft', group: 'room' },
  ]);
  expect(hub.getSnapshot().groups.size).toBe(0);
});

it('leaves when the last of its handles leaves, and each counts once', async () => {
  const { url, calls } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  const [first, second] = [hub.join('room'), hub.join('room')];
  await Promise.all([first.ready, second.ready]);
  await Promise.all([first.leave(), first.leave()]);
  expect([calls(), second.state.status]).toEqual([['JoinGroup room'], 'joined']);
  await second.leave();
  expect(calls()).toEqual(['JoinGroup room', 'LeaveGroup room']);
});

it('sends nothing for a leave and a join in one tick', async () => {
  const { url, calls } = await serve();
  const { hub } = createClient(url);
  const room = hub.join('room');
  await hub.start();
  const left = room.leave();
  const again = hub.join('room');
  await left;
  await again.ready;
  expect(calls()).toEqual(['JoinGroup room']);
});

it('is not in a group that was left while its join was on the way', async () => {
  const answer = createDeferred();
  const { server, url, calls } = await serve({
    methods: {
      async JoinGroup(call: HubCall<AnyHubContract>, group: string) {
        await answer.promise;
        await call.groups.add(group);
      },
    },
  });
  const { hub } = createClient(url);
  await hub.start();
  const asked = server.waitFor('invoked');
  const room = hub.join('room');
  const ready = room.ready.then(
    () => 'joined',
    ({ code }: { code: string }) => code,
  );
  await asked;
  const left = room.leave();
  // A leave counts after the current tick; the answer comes later.
  await new Promise((resolve) => setTimeout(resolve));
  answer.resolve();
  await left;
  expect(await ready).toBe('aborted');
  expect(calls()).toEqual(['JoinGroup room', 'LeaveGroup room']);
  expect([...server.connections()[0]!.groups]).toEqual([]);
});

it.each([
  ['JoinGroup', {}],
  ['joinMany', { joinMany: 'JoinGroups' }],
])(
  'leaves a group on the server that was left after its %s had taken too long, and came to pass then',
  async (_, many) => {
    const answer = createDeferred();
    const join = async (call: HubCall<AnyHubContract>, names: string | string[]): Promise<void> => {
      await answer.promise;
      for (const name of [names].flat()) await call.groups.add(name);
    };
    const { server, url } = await serve({ methods: { JoinGroup: join, JoinGroups: join } });
    const { hub } = createClient(url, { groups: { timeout: 50, ...many } });
    const room = hub.join('room');
    const kept = hub.join('kept');
    await hub.start();
    await until(hub, ({ groups }) => groups.get('room')?.status === 'failed');
    await room.leave();

    const left = server.waitFor('invoked', ({ method }) => method === 'LeaveGroup');
    answer.resolve();
    await left;
    await kept.ready;
    expect([...server.connections()[0]!.groups]).toEqual(['kept']);
    expect([...hub.getSnapshot().groups.keys()]).toEqual(['kept']);
  },
);

it('never asks for a group that was left before the start', async () => {
  const { url, calls } = await serve();
  const { hub } = createClient(url);
  await hub.join('room').leave();
  await hub.start();
  expect([calls(), hub.getSnapshot().groups.size]).toEqual([[], 0]);
});

it('connects without a group that is refused, and asks again only on retry()', async () => {
  const { server, url, calls } = await serve();
  const admit = server.refuseGroup('closed', 'Members only.');
  const { hub, types } = createClient(url);
  const closed = hub.join('closed');
  hub.join('open');
  await hub.start();
  const refused = { code: 'group-forbidden', group: 'closed', retryable: false };
  await expect(closed.ready).rejects.toMatchObject({ ...refused, message: expect.stringContaining('Members only.') });
  expect(closed.state).toMatchObject({ status: 'failed', error: refused });
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', error: null });
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(calls().filter((call) => call.endsWith('closed'))).toEqual(['JoinGroup closed']);
  expect(types('groupFailed')).toEqual(['groupFailed']);
  admit();
  closed.retry();
  await closed.ready;
  expect([closed.state.status, hub.getSnapshot().gaps]).toEqual(['joined', 1]);
});

it('tries a failing join again by itself, and counts the gap', async () => {
  const joinIt = createDeferred();
  let tries = 0;
  const { url } = await serve({
    methods: {
      async JoinGroup(call: HubCall<AnyHubContract>, group: string) {
        if (++tries === 1) throw new Error('The database is down.');
        await joinIt.promise;
        await call.groups.add(group);
      },
    },
  });
  const { hub, types } = createClient(url);
  const room = hub.join('room');
  await hub.start();
  expect(hub.getSnapshot().groups.get('room')).toMatchObject({
    status: 'failed',
    error: { code: 'group-failed', retryable: true },
  });
  expect(hub.getSnapshot().gaps).toBe(0);
  joinIt.resolve();
  await room.ready;
  await until(hub, ({ gaps }) => gaps === 1);
  expect([tries, room.state.status]).toEqual([2, 'joined']);
  expect(types('groupFailed', 'groupJoined')).toEqual(['groupFailed', 'groupJoined']);
});

it('does not wait for a join longer than the time-out', async () => {
  const { url } = await serve({ methods: { JoinGroup: () => new Promise(() => {}) } });
  const { hub } = createClient(url, { groups: { timeout: 50 } });
  const room = hub.join('room');
  await hub.start();
  expect(hub.getSnapshot().status).toBe('connected');
  await until(hub, ({ groups }) => groups.get('room')?.status === 'failed');
  expect(room.state.error).toMatchObject({ code: 'group-failed', cause: { code: 'timeout' } });
});

it('joins all in one call where the hub can', async () => {
  const { server, url, calls } = await serve();
  const { hub } = createClient(url, { groups: { joinMany: 'JoinGroups' } });
  const rooms = ['a', 'b', 'c'].map((name) => hub.join(name));
  await hub.start();
  await Promise.all(rooms.map(({ ready }) => ready));
  await hub.join('d').ready;
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(calls()).toEqual(['JoinGroups a,b,c', 'JoinGroup d', 'JoinGroups a,b,c,d']);
});

it('asks for each by itself when joinMany is refused', async () => {
  const { server, url } = await serve();
  server.refuseGroup('b');
  const { hub } = createClient(url, { groups: { joinMany: 'JoinGroups' } });
  for (const name of ['a', 'b', 'c']) hub.join(name);
  await hub.start();
  const { groups, gaps } = hub.getSnapshot();
  expect([...groups].map(([name, { status }]) => `${name} ${status}`)).toEqual(['a joined', 'b failed', 'c joined']);
  expect(gaps).toBe(0);
});

it('joins at most `concurrency` at once', async () => {
  let running = 0;
  let most = 0;
  const { url } = await serve({
    methods: {
      async JoinGroup() {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
    },
  });
  const { hub } = createClient(url, { groups: { concurrency: 3 } });
  for (let number = 0; number < 20; number++) hub.join(`room-${number}`);
  await hub.start();
  expect(most).toBe(3);
});

it('joins and leaves in ways of the app’s own', async () => {
  const { url, calls } = await serve();
  const done: string[] = [];
  const { hub } = createClient(url, {
    groups: {
      join: async (group, link) =>
        done.push(`join ${group} ${String(await link.invoke('Echo', link.token))} ${link.signal.aborted}`),
      leave: (group, { connectionId }) => Promise.resolve(done.push(`leave ${group} ${connectionId.length > 0}`)),
    },
  });
  await hub.start();
  const room = hub.join('room');
  await room.ready;
  await room.leave();
  expect([done, calls()]).toEqual([['join room null false', 'leave room true'], ['Echo ']]);
});

it('resolves leave() at once while there is no connection, and when the connection goes', async () => {
  const { server, url } = await serve({ methods: { LeaveGroup: () => new Promise(() => {}) } });
  const { hub } = createClient(url);
  await hub.join('other').leave();
  const room = hub.join('room');
  await hub.start();
  const asked = server.waitFor('invoked', ({ method }) => method === 'LeaveGroup');
  const left = room.leave();
  await asked;
  const lost = nextEvent(hub, 'reconnecting');
  server.drop();
  await Promise.all([left, lost]);
  expect(hub.getSnapshot().groups.has('room')).toBe(false);
});

it('a group that was left during joinMany is left on the server', async () => {
  const answer = createDeferred();
  const { server, url, calls } = await serve({
    methods: {
      async JoinGroups(call: HubCall<AnyHubContract>, groups: string[]) {
        await answer.promise;
        await Promise.all(groups.map((group) => call.groups.add(group)));
      },
    },
  });
  const { hub } = createClient(url, { groups: { joinMany: 'JoinGroups' } });
  const room = hub.join('room');
  hub.join('other');
  const asked = server.waitFor('invoked');
  const started = hub.start();
  await asked;
  const left = room.leave();
  // A leave counts after the current tick; the answer comes later.
  await new Promise((resolve) => setTimeout(resolve));
  hub.join('other');
  answer.resolve();
  await Promise.all([left, started]);
  expect(calls()).toEqual(['JoinGroups room,other', 'LeaveGroup room']);
  expect([...server.connections()[0]!.groups]).toEqual(['other']);
});

it('asks again for a group that was refused to another user', async () => {
  const { authenticate, issue } = createTestTokens();
  const { server, url } = await serve({ authenticate });
  const admit = server.refuseGroup('closed');
  let user = 'ann';
  const { hub } = createClient(url, { auth: tokenFrom(() => issue({ sub: user })) });
  const closed = hub.join('closed');
  await hub.start();
  const refused = closed.state.status;
  await hub.stop();
  admit();
  user = 'bob';
  // The first link of the other user fails; it is asked for on the next.
  server.reject(503, { times: 1 });
  await hub.start();
  expect([refused, closed.state.status]).toEqual(['failed', 'joined']);
});

it('a join that came after the connection is a gap', async () => {
  const answer = createDeferred();
  let first = true;
  const { server, url } = await serve({
    methods: {
      async JoinGroup(call: HubCall<AnyHubContract>, group: string) {
        if (!first) await (group === 'stuck' ? new Promise(() => {}) : answer.promise);
        await call.groups.add(group);
      },
    },
  });
  const { hub } = createClient(url, { groups: { concurrency: 1, timeout: 100 } });
  hub.join('stuck');
  hub.join('behind it');
  await hub.start();
  first = false;
  server.drop();
  const { groups } = await until(hub, ({ gaps }) => gaps === 1);
  expect(groups.get('behind it')?.status).toBe('joining');
  answer.resolve();
  await until(hub, ({ gaps }) => gaps === 2);
  expect(hub.getSnapshot().groups.get('behind it')?.status).toBe('joined');
});
