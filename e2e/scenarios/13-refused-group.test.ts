import { expect, it } from 'vitest';
import { createClient, nextEvent, signIn, startServers, until } from './client.ts';

const names = Array.from({ length: 100 }, (_, index) => `room-${index + 1}`);
const closed = 'room-50';

it.each([
  ['one by one', {}],
  ['in one call, which the refusal fails', { joinMany: 'JoinGroups' }],
])(
  '13. one group of a hundred is refused: 99 are joined, and it is asked for again on retry() only; %s',
  async (_, groups) => {
    const { lab, endpoint } = await startServers();
    const { source } = await signIn(endpoint);
    const { hub, events, types } = createClient(lab.url, { auth: source, groups });
    await lab.refuseGroup(closed);
    const handles = names.map((name) => hub.join(name));
    const refused = handles[names.indexOf(closed)]!;

    await hub.start();

    const error = { code: 'group-forbidden', group: closed, retryable: false };
    const failures = (): unknown[] => events.filter(({ type }) => type === 'groupFailed');
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0, error: null });
    expect(refused.state).toMatchObject({ status: 'failed', error });
    await expect(refused.ready).rejects.toMatchObject(error);
    expect(failures()).toMatchObject([{ group: closed, error }]);
    expect(types('groupJoined')).toHaveLength(99);
    expect([...(await lab.connections())[0]!.groups].sort()).toEqual(names.filter((name) => name !== closed).sort());

    // Not after a reconnect either: what the server has said once holds for this user.
    await lab.forget();
    await lab.drop();
    await until(hub, ({ gaps }) => gaps === 1);
    expect((await lab.joins()).calls.flatMap((call) => call.groups)).not.toContain(closed);
    expect(failures()).toHaveLength(1);
    expect(events.findLast(({ type }) => type === 'restored')).toMatchObject({ joined: 99, failed: 1 });

    await lab.admitGroup(closed);
    refused.retry();
    await refused.ready;
    expect(refused.state).toEqual({ status: 'joined', error: null });
    expect((await lab.connections())[0]!.groups).toContain(closed);
    expect(types('unauthorized', 'forbidden', 'tokenRefreshed', 'sessionEnded')).toEqual([]);
    expect(endpoint.requests).toBe(0);
  },
);

it('13. a join that fails otherwise is tried again by itself, the connection does not wait, and it counts as a gap', async () => {
  const { lab, endpoint } = await startServers();
  const { source } = await signIn(endpoint);
  const { hub, events, types } = createClient(lab.url, { auth: source });
  await lab.failGroup('down', 2);
  const down = hub.join('down');
  hub.join('up');

  await hub.start();

  expect(down.state).toMatchObject({ status: 'failed', error: { code: 'group-failed', retryable: true } });
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0 });
  expect(hub.getSnapshot().groups.get('up')).toMatchObject({ status: 'joined' });
  expect(await hub.invoke('Add', 1, 2)).toBe(3);

  await down.ready;
  await until(hub, ({ gaps }) => gaps === 1);
  expect((await lab.joins()).calls.filter((call) => call.groups[0] === 'down').map(({ outcome }) => outcome)).toEqual([
    'failed',
    'failed',
    'joined',
  ]);
  expect(events.filter(({ type }) => type === 'groupFailed')).toMatchObject([{ group: 'down' }, { group: 'down' }]);
  expect(types('reconnecting', 'restored')).toEqual([]);
  expect(endpoint.requests).toBe(0);
});

it('13. a join that takes too long holds the connection up for its time-out, and no longer', async () => {
  const { lab, endpoint } = await startServers({ lab: { joinDelay: 20_000 } });
  const { source } = await signIn(endpoint);
  const { hub } = createClient(lab.url, { auth: source, groups: { timeout: 500 } });
  const rooms = names.slice(0, 25).map((name) => hub.join(name));
  const failed = nextEvent(hub, 'groupFailed');

  const startedAt = Date.now();
  await hub.start();

  // 25 of them, ten at once: in all, not for each.
  expect(Date.now() - startedAt).toBeLessThan(1_400);
  expect(rooms.every(({ state }) => state.status !== 'joined')).toBe(true);
  expect(await hub.invoke('Add', 1, 2)).toBe(3);

  await lab.setJoinDelay(0);
  expect((await failed).error).toMatchObject({ code: 'group-failed', cause: { code: 'timeout' } });
  await Promise.all(
    names.slice(0, 25).map((name) => until(hub, ({ groups }) => groups.get(name)?.status === 'joined')),
  );
  expect(hub.getSnapshot().status).toBe('connected');
  expect(hub.getSnapshot().gaps).toBeGreaterThan(0);
  expect((await lab.negotiations()).length).toBe(1);
});
