import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDeferred } from '../lab/deferred.ts';
import { createClient, refresh, transports } from './client.ts';
import type { Client } from './client.ts';
import { startServer } from './server.ts';
import type { TokenRefreshServer } from './server.ts';

let server: TokenRefreshServer;
let hub: string;
beforeAll(async () => {
  server = await startServer();
  hub = `${server.url}/hub`;
});
afterAll(() => server.stop());

const token = (expiresIn: number, roles: string[] = []) => server.issue({ sub: 'ann', expiresIn, roles });
const denied = "Failed to invoke 'Secret' because user is unauthorized";

/** What hub methods see: a policy, `Context.User` and the user of the connection's request. */
async function look({ connection }: Client): Promise<unknown[]> {
  return [
    await connection.invoke<string>('Secret').catch(({ message }: Error) => message),
    await connection.invoke<string[]>('Roles'),
    await connection.invoke<string[]>('RolesOfTheRequest'),
  ];
}

describe.each(transports)('%s', (transport) => {
  async function connect(roles: string[] = []): Promise<Client> {
    const client = createClient(hub, transport, await token(60, roles));
    await client.connection.start();
    return client;
  }

  it('negotiate says how long the token lasts, and the answer to a renewal says how long the next one does', async () => {
    const client = await connect();
    const { connectionId, connectionToken, tokenLifetimeSeconds } = client.negotiated();

    const { status, body } = await refresh(hub, connectionToken, await token(600));

    expect(status).toBe(200);
    expect(body).toEqual({
      connectionId,
      refreshedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00$/) as string,
      tokenLifetimeSeconds: expect.closeTo(598, -0.5) as number,
    });
    expect(tokenLifetimeSeconds).toBeGreaterThan(50);
    expect(tokenLifetimeSeconds).toBeLessThan(60);
  });

  it('hub methods and policies see the claims of the newest token: denied, allowed, denied', async () => {
    const client = await connect(['member']);
    const { connectionToken } = client.negotiated();

    const seen = [await look(client)];
    for (const roles of [['member', 'admin'], ['member']]) {
      expect((await refresh(hub, connectionToken, await token(60, roles))).status).toBe(200);
      seen.push(await look(client));
    }

    expect(seen).toEqual([
      [denied, ['member'], ['member']],
      ['secret', ['member', 'admin'], ['member', 'admin']],
      [denied, ['member'], ['member']],
    ]);
  });

  it('outlives ten short tokens under a stream, without a gap, on the same connection', async () => {
    const client = createClient(hub, transport, await token(3));
    await client.connection.start();
    const { connectionId, connectionToken } = client.negotiated();
    const startedAt = Date.now();
    const numbers: number[] = [];
    const renewals: Promise<number>[] = [];
    const ended = createDeferred<void>();

    async function renew(): Promise<number> {
      const next = await token(3);
      client.use(next);
      return (await refresh(hub, connectionToken, next)).status;
    }
    client.connection.stream<number>('Count', 600, 6).subscribe({
      next(number) {
        numbers.push(number);
        if (number % 60 === 30) renewals.push(renew());
      },
      complete: ended.resolve,
      error: ended.reject,
    });
    await ended.promise;

    expect(await Promise.all(renewals)).toEqual(Array(10).fill(200));
    expect(numbers).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    expect(client.connection.connectionId).toBe(connectionId);
    expect(Date.now() - startedAt).toBeGreaterThan(3000);
  });

  it('keeps groups, and what is sent to the user', async () => {
    const client = await connect();
    const told: string[] = [];
    client.connection.on('Told', (text: string) => void told.push(text));
    await client.connection.invoke('Join', 'choir');

    await refresh(hub, client.negotiated().connectionToken, await token(60, ['member']));
    await client.connection.invoke('Tell', 'choir', 'to the group');
    await client.connection.invoke('TellUser', 'ann', 'to the user');

    expect(told).toEqual(['to the group', 'to the user']);
  });

  it('survives two hundred renewals at once, and ends with the claims of one of them', async () => {
    const client = await connect(['first']);
    const tokens = await Promise.all(Array.from({ length: 200 }, (_, index) => token(60, [`${index}`, `${index}`])));

    const answers = await Promise.all(tokens.map((next) => refresh(hub, client.negotiated().connectionToken, next)));
    const [, roles] = await look(client);

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const [one, other] = roles as string[];
    expect(one).toMatch(/^\d+$/);
    expect(other).toBe(one);
  });
});

describe('long polls', () => {
  it('with a newer token renew the connection', async () => {
    const client = createClient(hub, 'LongPolling', await token(60, ['member']));
    await client.connection.start();
    client.use(await token(600, ['member', 'admin']));

    // The answer ends the poll that holds the old token; the next one brings the new token.
    await client.connection.invoke('Roles');
    const [secret] = await look(client);

    expect(secret).toBe('secret');
  });

  it('with the token of the start do not undo a renewal', async () => {
    const client = createClient(hub, 'LongPolling', await token(60, ['member']));
    await client.connection.start();
    await refresh(hub, client.negotiated().connectionToken, await token(600, ['admin']));

    await client.connection.invoke('Roles');

    expect(await look(client)).toEqual(['secret', ['admin'], ['admin']]);
  });

  it('of another user are refused, and the connection stays', async () => {
    const client = createClient(hub, 'LongPolling', await token(60, ['member']));
    await client.connection.start();
    const { connectionToken } = client.negotiated();
    const stranger = await server.issue({ sub: 'ben', expiresIn: 600, roles: ['admin'] });

    const poll = await fetch(`${hub}?id=${connectionToken}`, { headers: { Authorization: `Bearer ${stranger}` } });

    expect(poll.status).toBe(403);
    expect(await look(client)).toEqual([denied, ['member'], ['member']]);
  });
});
