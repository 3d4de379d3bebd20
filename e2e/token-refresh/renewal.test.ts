import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient, refresh, transports } from './client.ts';
import { startServer } from './server.ts';
import type { TokenRefreshServer } from './server.ts';

let server: TokenRefreshServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

it.each(transports)('%s: hub methods and policies see the claims of the newest token', async (transport) => {
  const hub = `${server.url}/hub`;
  const client = createClient(hub, transport, await server.issue({ sub: 'ann', expiresIn: 60, roles: ['member'] }));
  await client.connection.start();
  const { connectionId, connectionToken } = client.negotiated();
  const seen: unknown[] = [];

  async function look(): Promise<void> {
    const secret = client.connection.invoke<string>('Secret').catch(({ message }: Error) => message);
    const roles = client.connection.invoke<string[]>('Roles');
    const rolesOfTheRequest = client.connection.invoke<string[]>('RolesOfTheRequest');
    seen.push([await secret, await roles, await rolesOfTheRequest]);
  }
  async function becomes(roles: string[]): Promise<void> {
    const token = await server.issue({ sub: 'ann', expiresIn: 60, roles });
    expect(await refresh(hub, connectionToken, token)).toMatchObject({ status: 200, body: { connectionId } });
    await look();
  }

  await look();
  await becomes(['member', 'admin']);
  await becomes(['member']);

  const denied = "Failed to invoke 'Secret' because user is unauthorized";
  expect(seen).toEqual([
    [denied, ['member'], ['member']],
    ['secret', ['member', 'admin'], ['member', 'admin']],
    [denied, ['member'], ['member']],
  ]);
  expect(client.connection.connectionId).toBe(connectionId);
});
