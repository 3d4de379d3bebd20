import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDeferred } from '../lab/deferred.ts';
import { createClient, refresh, transports } from './client.ts';
import { negotiate, openSocket, shakeHands } from './raw.ts';
import { refusalToStart, startServer } from './server.ts';
import type { TokenRefreshServer } from './server.ts';

let server: TokenRefreshServer;
let hub: string;
beforeAll(async () => {
  server = await startServer();
  hub = `${server.url}/hub`;
});
afterAll(() => server.stop());

const token = (expiresIn: number) => server.issue({ sub: 'ann', expiresIn });

describe('at the expiry of the newest token', () => {
  it('the server says goodbye, and allows to come back', async () => {
    const id = await negotiate(hub, await token(600));
    const socket = await shakeHands(openSocket(hub, await token(3), id));

    expect(await socket.closed).toBe(1000);
    expect(socket.frames.filter((frame) => frame !== '{"type":6}')).toEqual(['{}', '{"type":7,"allowReconnect":true}']);
  });

  it('a connection without negotiation ends too', async () => {
    const socket = await shakeHands(openSocket(hub, await token(3)));

    expect(await socket.closed).toBe(1000);
    expect(socket.frames.at(-1)).toBe('{"type":7,"allowReconnect":true}');
  });

  it('a renewal with a shorter token ends the connection earlier', async () => {
    const long = await token(600);
    const id = await negotiate(hub, long);
    const socket = await shakeHands(openSocket(hub, long, id));
    await refresh(hub, id, await token(3));

    expect(await socket.closed).toBe(1000);
  });

  it.each(transports)('%s: the client is reconnected, as a new connection', async (transport) => {
    const client = createClient(hub, transport, await token(3));
    const reconnected = createDeferred<string | undefined>();
    client.connection.onreconnected(reconnected.resolve);
    await client.connection.start();
    const { connectionId } = client.negotiated();
    // For the next connection: a pending poll came with the first token, and is answered at its expiry.
    client.use(await token(600));

    expect(await reconnected.promise).not.toBe(connectionId);
  });

  it('a hub without CloseOnAuthenticationExpiration keeps its connections', async () => {
    const lasting = `${server.url}/lasting`;
    const soon = await token(3);
    const closing = await shakeHands(openSocket(hub, soon));
    const staying = await shakeHands(openSocket(lasting, soon));

    await closing.closed;
    staying.send('{"type":1,"invocationId":"1","target":"User","arguments":[]}');

    await expect.poll(() => staying.frames).toContain('{"type":3,"invocationId":"1","result":"ann"}');
  });
});

describe('nothing is kept of', () => {
  it('connections that were killed', async () => {
    const long = await token(600);
    const ids = await Promise.all(Array.from({ length: 50 }, () => negotiate(hub, long)));
    const sockets = await Promise.all(ids.map((id) => shakeHands(openSocket(hub, long, id))));
    expect(await server.renewableConnections()).toBe(50);

    for (const socket of sockets) socket.kill();

    await expect.poll(() => server.renewableConnections()).toBe(0);
    expect(await refresh(hub, ids[0]!, long)).toMatchObject({ status: 404 });
  });

  it('connections that fail the handshake, say nothing, or never open', async () => {
    const long = await token(600);
    const ids = await Promise.all(Array.from({ length: 30 }, () => negotiate(hub, long)));
    const failing = ids.slice(0, 10).map((id) => openSocket(hub, long, id));
    const silent = ids.slice(10, 20).map((id) => openSocket(hub, long, id));
    await Promise.all([...failing, ...silent].map(({ opened }) => opened));

    for (const socket of failing) socket.send('{"protocol":"none","version":1}');
    const codes = await Promise.all([...failing, ...silent].map(({ closed }) => closed));

    expect(codes).toEqual(Array(20).fill(1000));
    await expect.poll(() => server.renewableConnections()).toBe(0);
  });

  it.each(transports)('%s: clients that stop', async (transport) => {
    const client = createClient(hub, transport, await token(600));
    await client.connection.start();
    expect(await server.renewableConnections()).toBe(1);

    await client.connection.stop();

    await expect.poll(() => server.renewableConnections()).toBe(0);
  });
});

it('a stateful connection keeps its newest token when its socket is replaced', async () => {
  const stateful = `${server.url}/stateful`;
  const first = await server.issue({ sub: 'ann', expiresIn: 600, roles: ['first'] });
  const newest = await server.issue({ sub: 'ann', expiresIn: 600, roles: ['newest'] });
  const id = await negotiate(stateful, first, '&useStatefulReconnect=true');
  const before = await shakeHands(openSocket(stateful, first, id), 2);
  await refresh(stateful, id, newest);

  before.kill();
  const after = openSocket(stateful, first, id);
  await after.opened;
  after.send('{"type":9,"sequenceId":1}');
  after.send('{"type":1,"invocationId":"1","target":"Roles","arguments":[]}');

  await expect.poll(() => after.frames).toContain('{"type":3,"invocationId":"1","result":["newest"]}');
});

describe('without authentication', () => {
  it('it refuses to start', async () => {
    expect(await refusalToStart('none')).toContain(
      'MapHubWithTokenRefresh renews authentication, and this app has none: call AddAuthentication with a scheme.',
    );
  });

  it('it serves nobody where the middleware is forgotten', async () => {
    const forgotten = await startServer('forgotten');
    onTestFinished(forgotten.stop);
    const open = `${forgotten.url}/open`;

    const answers = await Promise.all([
      fetch(`${open}/negotiate?negotiateVersion=1`, { method: 'POST' }),
      fetch(`${open}?id=unknown`),
      fetch(`${open}/refresh?id=unknown`, { method: 'POST' }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500]);
    expect(forgotten.log()).toContain('MapHubWithTokenRefresh needs UseAuthentication() before its end points.');
  });
});
