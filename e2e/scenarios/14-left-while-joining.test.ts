import { expect, it } from 'vitest';
import type { Lab } from '../lab/index.ts';
import { createClient, signIn, startServers, until } from './client.ts';

const ways: [string, { joinMany?: string }][] = [
  ['JoinGroup', {}],
  ['JoinGroups', { joinMany: 'JoinGroups' }],
];

/** A client that wants two groups, on a server that takes its time. */
async function begin(groups: { joinMany?: string }, joinDelay: number) {
  const { lab, endpoint } = await startServers({ lab: { joinDelay } });
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source, groups });
  return { lab, hub, types, left: hub.join('left'), kept: hub.join('kept') };
}

function joinRuns(lab: Lab): Promise<unknown> {
  return lab.waitFor('a join under way', ({ joins }) =>
    joins.calls.some(({ groups, outcome }) => groups.includes('left') && outcome === 'running'),
  );
}

/** The groups of the one connection, as the server has them. */
async function groupsOf(lab: Lab): Promise<readonly string[]> {
  const [connection, ...more] = await lab.connections();
  expect(more).toEqual([]);
  return connection!.groups;
}

it.each(ways)(
  '14. a group that is left while %s runs at the first start is not joined in the end',
  async (_, groups) => {
    const { lab, hub, types, left, kept } = await begin(groups, 300);

    const started = hub.start();
    await joinRuns(lab);
    const gone = left.leave();
    await expect(left.ready).rejects.toMatchObject({ code: 'aborted', group: 'left' });
    await Promise.all([started, gone, kept.ready]);

    expect(await groupsOf(lab)).toEqual(['kept']);
    expect([...hub.getSnapshot().groups]).toEqual([['kept', { status: 'joined', error: null }]]);
    expect(types('groupFailed', 'groupLeft')).toEqual(['groupLeft']);
    expect((await lab.calls()).map(({ method, args }) => `${method} ${args.join()}`)).toContain('LeaveGroup left');

    // Nothing is left over: the next connection does not know of it.
    await lab.forget();
    await lab.drop();
    await until(hub, ({ gaps }) => gaps === 1);
    expect(await groupsOf(lab)).toEqual(['kept']);
    expect((await lab.joins()).calls.flatMap((call) => call.groups)).toEqual(['kept']);
  },
);

it.each(ways)('14. a group that is left while %s runs after a drop is not joined in the end', async (_, groups) => {
  const { lab, hub, types, left } = await begin(groups, 0);
  await hub.start();
  await lab.setJoinDelay(300);
  await lab.forget();

  await lab.drop();
  await joinRuns(lab);
  const gone = left.leave();
  await until(hub, ({ gaps }) => gaps === 1);
  await gone;

  expect(await groupsOf(lab)).toEqual(['kept']);
  expect([...hub.getSnapshot().groups.keys()]).toEqual(['kept']);
  expect(types('groupFailed')).toEqual([]);
});

it.each(ways)('14. a group that is left and wanted again while %s runs is joined in the end', async (_, groups) => {
  const { lab, hub, left } = await begin(groups, 300);

  const started = hub.start();
  await joinRuns(lab);
  const gone = left.leave();
  // The wish is given back after the tick, which the snapshot tells.
  await new Promise<void>((resolve) => hub.subscribe(resolve));
  const again = hub.join('left');
  await Promise.all([started, gone, again.ready]);

  expect([...(await groupsOf(lab))].sort()).toEqual(['kept', 'left']);
  expect(again.state).toEqual({ status: 'joined', error: null });
});

it('14. a group whose connection dies while it is being left is forgotten with it', async () => {
  const { lab, hub, left } = await begin({}, 300);

  const started = hub.start();
  await joinRuns(lab);
  const gone = left.leave();
  await lab.drop();
  await Promise.all([started, gone]);

  expect(await groupsOf(lab)).toEqual(['kept']);
  expect([...hub.getSnapshot().groups.keys()]).toEqual(['kept']);
});
