import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient, refresh } from './client.ts';
import type { Client } from './client.ts';
import { openSocket, shakeHands } from './raw.ts';
import { startServer } from './server.ts';
import type { TokenRefreshServer } from './server.ts';

let server: TokenRefreshServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const token = (sub: string, roles: string[] = []) => server.issue({ sub, expiresIn: 60, roles });

async function connect(path: string, roles: string[] = []): Promise<{ hub: string; id: string; client: Client }> {
  const hub = server.url + path;
  const client = createClient(hub, 'WebSockets', await token('ann', roles));
  await client.connection.start();
  return { hub, id: client.negotiated().connectionToken, client };
}

/** A status, and the body that goes with it. */
function refusal(status: number, error: string): unknown {
  return { status, body: { error, error_description: expect.stringMatching(/^[A-Z].+\.$/) as string } };
}

it('answers in JSON why it does not renew', async () => {
  const { hub, id } = await connect('/hub');
  const ann = await token('ann');
  const disabled = await connect('/disabled');
  const expired = await server.issue({ sub: 'ann', expiresIn: -10 });

  expect(await refresh(hub, null, ann)).toEqual(refusal(400, 'missing_connection_token'));
  expect(await refresh(hub, '', ann)).toEqual(refusal(400, 'missing_connection_token'));
  expect(await refresh(hub, 'unknown', ann)).toEqual(refusal(404, 'connection_not_found'));
  expect(await refresh(disabled.hub, disabled.id, ann)).toEqual(refusal(404, 'refresh_disabled'));
  expect(await refresh(hub, id, null)).toEqual(refusal(401, 'invalid_token'));
  expect(await refresh(hub, id, 'garbage')).toEqual(refusal(401, 'invalid_token'));
  expect(await refresh(hub, id, expired)).toEqual(refusal(401, 'invalid_token'));
  expect(await refresh(hub, id, await token('ben'))).toEqual(refusal(403, 'user_changed'));
  expect(await refresh(hub, id, await token('ann', ['blocked']))).toEqual(refusal(403, 'permission_change_rejected'));
  expect(await refresh(hub, id, ann)).toMatchObject({ status: 200 });
});

it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('answers 405 to %s', async (method) => {
  const { hub, id } = await connect('/hub');

  expect(await refresh(hub, id, await token('ann'), method)).toEqual({ status: 405, body: null });
});

it('leaves the connection as it is when the user has changed, or the app refuses', async () => {
  const { hub, id, client } = await connect('/hub', ['member']);

  await refresh(hub, id, await token('ben', ['admin']));
  await refresh(hub, id, await token('ann', ['admin', 'blocked']));

  expect(await client.connection.invoke('Roles')).toEqual(['member']);
  expect(client.connection.state).toBe('Connected');
});

it('shows the app what is replaced, and until when it would last', async () => {
  const { hub, id } = await connect('/hub');
  const lasting = await server.issue({ sub: 'ann', expiresIn: 7200 });
  const rejected = refusal(403, 'permission_change_rejected');

  expect(await refresh(hub, id, lasting)).toEqual(rejected);
  expect(await refresh(hub, id, await token('ann', ['settled']))).toMatchObject({ status: 200 });
  expect(await refresh(hub, id, await token('ann'))).toEqual(rejected);
});

it('refuses a token that the policy of the hub refuses', async () => {
  const { hub, id, client } = await connect('/staff', ['staff', 'nights']);

  expect(await refresh(hub, id, await token('ann', ['guest']))).toEqual(refusal(403, 'permission_change_rejected'));
  expect(await client.connection.invoke('Roles')).toEqual(['staff', 'nights']);
  expect(await refresh(hub, id, await token('ann', ['staff']))).toMatchObject({ status: 200 });
  expect(await client.connection.invoke('Roles')).toEqual(['staff']);
});

it('renews on a hub that is open to all, and does not turn a visitor into a user', async () => {
  const { hub, id } = await connect('/open');
  const visitor = await fetch(`${hub}/negotiate?negotiateVersion=1`, { method: 'POST' });
  const opened = createClient(hub, 'WebSockets', '');
  await opened.connection.start();

  expect(await refresh(hub, id, null)).toEqual(refusal(401, 'invalid_token'));
  expect(await refresh(hub, id, await token('ann'))).toMatchObject({ status: 200 });
  expect(await visitor.json()).not.toHaveProperty('tokenLifetimeSeconds');
  expect(await refresh(hub, opened.negotiated().connectionToken, await token('ann'))).toEqual(
    refusal(403, 'user_changed'),
  );
});

it('lets a visitor poll as long as he likes', async () => {
  const client = createClient(`${server.url}/open`, 'LongPolling', '');
  await client.connection.start();

  expect(await client.connection.invoke('Roles')).toEqual([]);
  expect(await client.connection.invoke('Roles')).toEqual([]);
});

it('knows no connection by its public id, nor before it is opened, nor after it has ended, nor on another hub', async () => {
  const { hub, id, client } = await connect('/hub');
  const ann = await token('ann');
  const headers = { Authorization: `Bearer ${ann}` };
  const negotiate = await fetch(`${hub}/negotiate?negotiateVersion=1`, { method: 'POST', headers });
  const { connectionToken } = (await negotiate.json()) as { connectionToken: string };
  const notFound = refusal(404, 'connection_not_found');

  expect(await refresh(hub, client.negotiated().connectionId, ann)).toEqual(notFound);
  expect(await refresh(hub, connectionToken, ann)).toEqual(notFound);
  expect(await refresh(`${server.url}/staff`, id, ann)).toEqual(notFound);
  await client.connection.stop();
  await expect.poll(() => refresh(hub, id, ann)).toEqual(notFound);
});

it('is not for version 0 of negotiate, whose clients have no secret', async () => {
  const hub = `${server.url}/hub`;
  const ann = await token('ann');

  const headers = { Authorization: `Bearer ${ann}` };
  const negotiate = await fetch(`${hub}/negotiate`, { method: 'POST', headers });
  const answer = (await negotiate.json()) as { connectionId: string };
  await shakeHands(openSocket(hub, ann, answer.connectionId));

  expect(answer).toEqual({
    negotiateVersion: 0,
    connectionId: expect.any(String) as string,
    availableTransports: expect.any(Array) as unknown[],
  });
  expect(await refresh(hub, answer.connectionId, ann)).toEqual(refusal(404, 'connection_not_found'));
});

it('leaves what negotiate says about errors and methods alone', async () => {
  const { hub } = await connect('/hub');
  const headers = { Authorization: `Bearer ${await token('ann')}` };

  const refused = await fetch(`${hub}/negotiate?negotiateVersion=1`, { method: 'POST' });
  const wrongMethod = await fetch(`${hub}/negotiate?negotiateVersion=1`, { headers });

  expect([refused.status, await refused.text()]).toEqual([401, '']);
  expect([wrongMethod.status, await wrongMethod.text()]).toEqual([405, '']);
});
