import { User } from 'oidc-client-ts';
import { expect, it } from 'vitest';
import { createClient, signIn, startServers, until } from './client.ts';
import { countResources } from './resources.ts';

it('29. two clients of one source that were stopped by a 401 do not wake each other, and a sign-in starts both', async () => {
  const { lab, endpoint } = await startServers();
  const resources = countResources();
  const { manager, source } = await signIn(endpoint);
  const options = { auth: source, signalr: { WebSocket: resources.WebSocket } };
  const clients = [createClient(lab.url, options), createClient(lab.url, options)];
  await lab.reject(401, { times: 4 });

  const refused = { code: 'unauthorized', status: 401 };
  await Promise.all(clients.map(({ hub }) => expect(hub.start()).rejects.toMatchObject(refused)));

  // Each with the token that both had, then with the one that both got.
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  expect(new Set((await lab.negotiations()).map(({ tokenId }) => tokenId)).size).toBe(2);
  expect(endpoint.requests).toBe(1);
  // Nothing is left that could wake anybody (see scenario 5); oidc-client-ts watches the expiry of its user, and nobody listens.
  const timers = resources.timers().filter((startedAt) => !startedAt.includes('oidc-client-ts'));
  expect({ timers, sockets: resources.sockets() }).toEqual({ timers: [], sockets: 0 });
  // Nor do they when the token is renewed by the app.
  const renewed = await manager.getUser();
  if (renewed !== null) await manager.events.load(renewed);
  // Longer than waking would take.
  await (await fetch(`${endpoint.authority}/.well-known/openid-configuration`)).text();
  expect(clients.map(({ hub }) => hub.getSnapshot().status)).toEqual(['disconnected', 'disconnected']);

  const { value } = await endpoint.storedUser({ sub: 'bob' });
  const user = User.fromStorageString(value);
  await manager.storeUser(user);
  await manager.events.load(user);
  await Promise.all(clients.map(({ hub }) => until(hub, ({ status }) => status === 'connected')));

  expect(endpoint.requests).toBe(1);
  expect((await lab.negotiations()).map(({ status }) => status)).toEqual([401, 401, 401, 401, 200, 200]);
  for (const { types } of clients) expect(types('unauthorized', 'sessionEnded')).toEqual(['unauthorized']);
});
