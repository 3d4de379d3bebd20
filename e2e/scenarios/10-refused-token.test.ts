import { expect, it } from 'vitest';
import { createClient, signIn, startServers, until } from './client.ts';

const challenge = 'Bearer error="invalid_token", error_description="The signature key was not found"';

it('10. a 401 with a locally valid token costs one forced refresh and one retry', async () => {
  const { lab, endpoint } = await startServers();
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source });
  await hub.start();

  await lab.revoke('ann');
  await lab.drop();
  const { error } = await until(hub, ({ gaps }) => gaps === 1);

  expect(error).toBeNull();
  expect(endpoint.requests).toBe(1);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([200, 401, 200]);
  expect(types('unauthorized', 'tokenRefreshed', 'restored', 'sessionEnded')).toEqual(['tokenRefreshed', 'restored']);
});

it('10. a second 401 stops the client with one `unauthorized` that says what the server said', async () => {
  const { lab, endpoint } = await startServers();
  const { source } = await signIn(endpoint);
  const { hub, events, types } = createClient(lab.url, { auth: source });
  await lab.reject(401, { times: 9, headers: { 'WWW-Authenticate': challenge } });

  const refused = { code: 'unauthorized', status: 401, retryable: false };
  await expect(hub.start()).rejects.toMatchObject(refused);

  expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', error: refused, retryAt: null });
  expect(types('tokenRefreshed', 'unauthorized', 'reconnecting', 'sessionEnded')).toEqual([
    'tokenRefreshed',
    'unauthorized',
  ]);
  expect(events.find(({ type }) => type === 'unauthorized')).toMatchObject({ status: 401, challenge, error: refused });
  expect(endpoint.requests).toBe(1);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([401, 401]);
});

it('10. a 403 costs one forced refresh, whose newer roles are let in', async () => {
  const { lab, endpoint } = await startServers({ lab: { requiredRole: 'member' } });
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source });
  lab.setRoles('ann', ['member']);

  await hub.start();

  expect(endpoint.requests).toBe(1);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([403, 200]);
  expect(types('forbidden', 'tokenRefreshed')).toEqual(['tokenRefreshed']);
});

it('10. a role that is revoked stops the client with one `forbidden`, whatever its tokens say', async () => {
  const { lab, endpoint } = await startServers({ lab: { requiredRole: 'member' } });
  lab.setRoles('ann', ['member']);
  const { source } = await signIn(endpoint);
  const { hub, events, types } = createClient(lab.url, { auth: source });
  await hub.start();

  await lab.revokeRole('ann', 'member');
  await lab.drop();
  const { error } = await until(hub, ({ status }) => status === 'disconnected');

  expect(error).toMatchObject({ code: 'forbidden', status: 403, retryable: false });
  expect(types('tokenRefreshed', 'forbidden', 'unauthorized', 'sessionEnded')).toEqual(['tokenRefreshed', 'forbidden']);
  expect(events.find(({ type }) => type === 'forbidden')).toMatchObject({ status: 403, error });
  expect(endpoint.requests).toBe(1);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([200, 403, 403]);
});

it('10. a role that is revoked forbids a method, not the connection, from the next renewal on', async () => {
  const { lab, endpoint } = await startServers({ lab: { tokenRefresh: true } });
  lab.setRoles('ann', ['admin']);
  const { source } = await signIn(endpoint);
  const { hub, types } = createClient(lab.url, { auth: source });
  await hub.start();
  expect(await hub.invoke('RolesOnly')).toBe('welcome');

  await lab.revokeRole('ann', 'admin');
  await hub.refreshAuthentication();

  await expect(hub.invoke('RolesOnly')).rejects.toMatchObject({ code: 'method-forbidden', retryable: false });
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0, error: null });
  expect(types('rotated', 'forbidden', 'reconnecting')).toEqual(['rotated']);
  expect(endpoint.requests).toBe(1);
});
