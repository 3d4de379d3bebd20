import { expect, test } from 'vitest';
import type { AnyHubContract, TestHub } from '../src/index.ts';
import { handshake, inMemory } from './support/clients.ts';
import type { Wire } from './support/clients.ts';
import { testHub } from './support/hub.ts';

function roomHub(): TestHub<AnyHubContract> {
  return testHub({
    authenticate: ({ token }) => (token ? { userId: token } : null),
    anonymous: true,
    methods: {
      Join: (call, room) => call.groups.add(room),
      Leave: (call, room) => call.groups.remove(room),
      ToCaller: (call) => call.clients.caller.send('Heard', 'caller'),
      ToOthers: (call) => call.clients.others.send('Heard', 'others'),
      ToOthersInRoom: (call, room) => call.clients.othersInGroup(room).send('Heard', 'others in room'),
    },
  });
}

async function join(hub: TestHub<AnyHubContract>, user: string, ...rooms: string[]): Promise<Wire> {
  const client = await inMemory(hub, { url: `/hub?access_token=${user}` });
  client.send(handshake);
  for (const room of rooms) client.send({ type: 1, invocationId: room, target: 'Join', arguments: [room] });
  await client.until(1 + rooms.length);
  client.log.length = 0;
  return client;
}

const heard = (...whats: string[]): string[] =>
  whats.map((what) => `{"type":1,"target":"Heard","arguments":["${what}"]}`);

test('reaches all, groups, users and single clients, each once, but for who is in two groups', async () => {
  const hub = roomHub();
  const [ann1, ann2, bob] = [
    await join(hub, 'ann', 'a'),
    await join(hub, 'ann', 'a', 'b'),
    await join(hub, 'bob', 'b'),
  ];
  const [id1, id2] = hub.connections().map(({ id }) => id);
  await hub.clients.all.send('Heard', 'all');
  await hub.clients.group('a').send('Heard', 'a');
  await hub.clients.groups('a', 'b').send('Heard', 'a or b');
  await hub.clients.groupExcept('b', id2!).send('Heard', 'b without 2');
  await hub.clients.user('ann').send('Heard', 'ann');
  await hub.clients.users('ann', 'bob').send('Heard', 'ann and bob');
  await hub.clients.client(id1!).send('Heard', '1');
  await hub.clients.except(id1!).send('Heard', 'not 1');
  await hub.clients.client('nobody').send('Heard', 'nobody');
  expect([ann1.log, ann2.log, bob.log]).toEqual([
    heard('all', 'a', 'a or b', 'ann', 'ann and bob', '1'),
    heard('all', 'a', 'a or b', 'a or b', 'ann', 'ann and bob', 'not 1'),
    heard('all', 'a or b', 'b without 2', 'ann and bob', 'not 1'),
  ]);
});

test('knows the caller, the others, and the others in a group', async () => {
  const hub = roomHub();
  const [ann, bob, eve] = [await join(hub, 'ann', 'a'), await join(hub, 'bob', 'a'), await join(hub, 'eve')];
  for (const target of ['ToCaller', 'ToOthers']) ann.send({ type: 1, target, arguments: [] });
  const completed = hub.waitFor('completed', ({ method }) => method === 'ToOthersInRoom');
  ann.send({ type: 1, target: 'ToOthersInRoom', arguments: ['a'] });
  await completed;
  expect([ann.log, bob.log, eve.log]).toEqual([heard('caller'), heard('others', 'others in room'), heard('others')]);
});

test('shows the members of groups as they come and go', async () => {
  const hub = roomHub();
  const log: string[] = [];
  hub.on('joined', ({ group }) => log.push(`joined ${group}`));
  hub.on('left', ({ group }) => log.push(`left ${group}`));
  const ann = await join(hub, 'ann', 'a', 'a', 'b');
  const [client] = hub.connections();
  const left = hub.waitFor('left');
  ann.send({ type: 1, target: 'Leave', arguments: ['a'] });
  await left;
  expect([log, [...client!.groups], client!.userId]).toEqual([['joined a', 'joined b', 'left a'], ['b'], 'ann']);
});

test('forgets groups with the connection', async () => {
  const hub = roomHub();
  const ann = await join(hub, 'ann', 'a');
  const gone = hub.waitFor('disconnected');
  hub.drop();
  await gone;
  await join(hub, 'ann');
  await hub.clients.group('a').send('Heard', 'a');
  expect([hub.connections().length, ann.log]).toEqual([1, ['closed 1006']]);
});
