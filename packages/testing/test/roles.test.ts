import { expect, test } from 'vitest';
import { createTestTokens, HubRejection } from '../src/index.ts';
import { handshake, inMemory } from './support/clients.ts';
import { testHub } from './support/hub.ts';

const staffOnly = {
  methods: { Staff: () => 'ok', Roles: (call: { user: { roles?: readonly string[] } | null }) => call.user?.roles },
  authorize: { Staff: { roles: ['staff'] } },
};

test('takes a role from connected users and from later ones, and gives it back', async () => {
  const tokens = createTestTokens();
  const hub = testHub({ ...staffOnly, authenticate: tokens.authenticate });
  const url = `/hub?access_token=${await tokens.issue({ sub: 'ann', roles: ['staff', 'boss'] })}`;
  const client = await inMemory(hub, { url });
  const staff = { type: 1, invocationId: '1', target: 'Staff', arguments: [] };
  const roles = { type: 1, invocationId: '2', target: 'Roles', arguments: [] };
  client.send(handshake, staff);
  await client.until(2);
  const giveBack = hub.revokeRole('ann', 'staff');
  client.send(staff, roles);
  await client.until(4);
  expect(hub.connections()[0]?.user?.roles).toEqual(['boss']);
  const later = await inMemory(hub, { url });
  later.send(handshake, staff);
  await later.until(2);
  giveBack();
  client.send(staff);
  const refused = '{"type":3,"invocationId":"1","error":"Failed to invoke \'Staff\' because user is unauthorized"}';
  const allowed = '{"type":3,"invocationId":"1","result":"ok"}';
  expect(await client.until(5)).toEqual([
    '{}',
    allowed,
    refused,
    '{"type":3,"invocationId":"2","result":["boss"]}',
    allowed,
  ]);
  expect(later.log).toEqual(['{}', refused]);
});

test('leaves other users and other roles alone', async () => {
  const hub = testHub({ ...staffOnly, authenticate: ({ token }) => ({ userId: token ?? '', roles: ['staff'] }) });
  hub.revokeRole('ann', 'staff');
  hub.revokeRole('bob', 'boss');
  const bob = await inMemory(hub, { url: '/hub?access_token=bob' });
  bob.send(handshake, { type: 1, invocationId: '1', target: 'Staff', arguments: [] });
  expect(await bob.until(2)).toEqual(['{}', '{"type":3,"invocationId":"1","result":"ok"}']);
});

test('gives changed roles to later tokens only: an old one is refused, a new one comes in', async () => {
  const tokens = createTestTokens();
  const hub = testHub({
    async authenticate(request) {
      const user = await tokens.authenticate(request);
      if (user && !user.roles?.includes('staff')) throw new HubRejection(403);
      return user;
    },
  });
  const old = await tokens.issue({ sub: 'ann' });
  tokens.setRoles('ann', ['staff']);
  const fresh = await tokens.issue({ sub: 'ann' });
  const statuses = [];
  for (const token of [old, fresh, await tokens.issue({ sub: 'ann', roles: [] }), await tokens.issue({ sub: 'bob' })]) {
    const request = {
      method: 'POST',
      url: '/hub/negotiate?negotiateVersion=1',
      headers: { Authorization: `Bearer ${token}` },
    };
    statuses.push((await hub.handleRequest(request))?.status);
  }
  expect(statuses).toEqual([403, 200, 403, 403]);
});
