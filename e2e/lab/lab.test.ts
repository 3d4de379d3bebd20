/// <reference types="node" />
import { HttpTransportType, HubConnectionBuilder, LogLevel, Subject } from '@microsoft/signalr';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDeferred } from './deferred.ts';
import { labKind, startLab } from './index.ts';
import type { Lab, LabOptions } from './index.ts';
import { createRawClient } from './raw-client.ts';
import type { RawClient } from './raw-client.ts';

// The first start builds the ASP.NET Core server.
const startTimeout = 300_000;

let lab: Lab;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  lab = await startLab();
}, startTimeout);
afterAll(() => lab.close());
afterEach(async () => {
  while (cleanUp.length > 0) await cleanUp.pop()?.();
});

async function connect(sub = 'ann', on: Lab = lab, token?: string): Promise<RawClient> {
  const client = createRawClient(on, token ?? (await on.issue({ sub, expiresIn: 60 })));
  cleanUp.push(() => client.connection.stop());
  await client.connection.start();
  return client;
}

async function startOwnLab(options: LabOptions = {}): Promise<Lab> {
  const own = await startLab(labKind(), options);
  cleanUp.push(() => own.close());
  return own;
}

function negotiate(token: string | null, url = lab.url): Promise<Response> {
  return fetch(`${url}/negotiate?negotiateVersion=1`, {
    method: 'POST',
    headers: token === null ? {} : { Authorization: `Bearer ${token}` },
  });
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

describe(`the lab on ${labKind()}`, () => {
  it('runs the methods of the contract', async () => {
    const { connection } = await connect('ann', lab, await lab.issue({ sub: 'ann', expiresIn: 60, roles: ['member'] }));
    connection.on('Double', (number: number) => number * 2);
    expect(await connection.invoke('Echo', { a: [1, 'é', null] })).toEqual({ a: [1, 'é', null] });
    expect(await connection.invoke('Add', 1, 2)).toBe(3);
    expect(await connection.invoke('WhoAmI')).toEqual({
      userId: 'ann',
      roles: ['member'],
      connectionId: connection.connectionId,
    });
    expect(await connection.invoke('AskClient', 'Double', 21)).toBe(42);
    expect(await connection.invoke('Slow', 1, 'tag')).toBe('tag');
    expect(await connection.invoke('Count', 'tag')).toBe(1);
    const items: number[] = [];
    await new Promise<void>((complete, error) => {
      connection.stream<number>('Counter', 3, 1).subscribe({ next: (item) => items.push(item), complete, error });
    });
    expect(items).toEqual([1, 2, 3]);
    const { connectionId } = connection;
    expect((await lab.calls()).slice(-3)).toMatchObject([
      { connectionId, userId: 'ann', method: 'Slow', args: [1, 'tag'] },
      { connectionId, userId: 'ann', method: 'Count', args: ['tag'] },
      { connectionId, userId: 'ann', method: 'Counter', args: [3, 1] },
    ]);
  });

  it('takes streams up, one and two at a time, and tells what it read of them and how they ended', async () => {
    const { connection } = await connect();
    const ended = (name: string, wanted: string) =>
      lab.waitFor(`the end of ${name}`, ({ runs }) =>
        runs.some(({ run, ended: how }) => run === name && how === wanted),
      );
    const [numbers, endless] = [new Subject<number>(), new Subject<number>()];
    const collected = connection.invoke('Collect', 'whole', numbers);
    const some = connection.invoke('CollectSome', 'some', 1, endless);
    numbers.next(1);
    numbers.next(2);
    numbers.complete();
    endless.next(7);
    expect([await collected, await some]).toEqual([[1, 2], [7]]);
    const heard: number[] = [];
    const both = new Subject<number>();
    const doubled = connection.stream<number>('Double', 'both', both);
    const whole = new Promise<void>((complete, error) => {
      doubled.subscribe({ next: (number) => heard.push(number), complete, error });
    });
    both.next(4);
    both.complete();
    await whole;
    const ticks = await new Promise<number>((resolve, error) => {
      const subscription = connection.stream<number>('Ticks', 'ticks', 5).subscribe({
        next(number) {
          resolve(number);
          subscription.dispose();
        },
        complete() {},
        error,
      });
    });
    expect([heard, ticks]).toEqual([[8], 1]);
    await Promise.all([ended('whole', 'completed'), ended('both', 'completed'), ended('ticks', 'cancelled')]);
    expect((await lab.runs()).find(({ run }) => run === 'whole')).toEqual({
      run: 'whole',
      connectionId: connection.connectionId,
      items: [1, 2],
      ended: 'completed',
    });
  });

  it('asks one connection for a result, and goes on meanwhile', async () => {
    const { connection } = await connect();
    const answer = createDeferred<number>();
    connection.on('Question', (number: number) => answer.promise.then((more) => number + more));
    connection.on('Refusal', () => Promise.reject(new Error('no idea')));
    const { connectionId } = connection;
    const asked = lab.ask(connectionId!, 'Question', 40);
    await expect(lab.ask(connectionId!, 'Refusal')).rejects.toThrow('no idea');
    await expect(lab.ask('nobody', 'Question', 1)).rejects.toThrow("Connection 'nobody' does not exist.");
    answer.resolve(2);
    expect(await asked).toBe(42);
  });

  it('tells clients the text of a HubException and of nothing else', async () => {
    const { connection } = await connect();
    expect(text(await connection.invoke('Fail', 'hub').catch((error: unknown) => error))).toBe(
      "An unexpected error occurred invoking 'Fail' on the server. HubException: You cannot do that.",
    );
    expect(text(await connection.invoke('Fail', 'other').catch((error: unknown) => error))).toBe(
      "An unexpected error occurred invoking 'Fail' on the server.",
    );
  });

  it('keeps a method for a role', async () => {
    lab.setRoles('admin', ['admin']);
    const ann = await connect('ann');
    const admin = await connect('admin');
    expect(text(await ann.connection.invoke('RolesOnly').catch((error: unknown) => error))).toBe(
      "Failed to invoke 'RolesOnly' because user is unauthorized",
    );
    expect(await admin.connection.invoke('RolesOnly')).toBe('welcome');
  });

  it('answers 401 to nobody, to an expired, a broken and a revoked token, with the reason in the challenge', async () => {
    const good = await lab.issue({ sub: 'ben', expiresIn: 60 });
    expect((await negotiate(good)).status).toBe(200);
    await lab.revoke('ben');
    const bad = [null, await lab.issue({ sub: 'ben', expiresIn: -5 }), `${good.slice(0, -6)}AAAAAA`, good];
    const answers = await Promise.all(bad.map((token) => negotiate(token)));
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401]);
    expect(answers.map((answer) => answer.headers.get('WWW-Authenticate'))).toEqual([
      'Bearer',
      expect.stringMatching(/^Bearer error="invalid_token", error_description="The token (is )?expired/),
      expect.stringMatching(/^Bearer error="invalid_token", error_description="The signature key was not found"/),
      'Bearer error="invalid_token", error_description="The token was revoked"',
    ]);
    expect((await negotiate(await lab.issue({ sub: 'ben', expiresIn: 60 }))).status).toBe(200);
  });

  it('answers 403 to a forbidden user until it is allowed again', async () => {
    const token = await lab.issue({ sub: 'carl', expiresIn: 60 });
    await lab.forbid('carl');
    expect((await negotiate(token)).status).toBe(403);
    await lab.allow('carl');
    expect((await negotiate(token)).status).toBe(200);
  });

  it('counts requests by status and token, the WebSocket too', async () => {
    await lab.forget();
    await negotiate(null);
    const { connection } = await connect();
    const requests = await lab.requests();
    expect(requests).toMatchObject([
      { method: 'POST', path: '/hub/negotiate', status: 401, tokenId: null },
      { method: 'POST', path: '/hub/negotiate', status: 200 },
      { method: 'GET', path: '/hub', status: 101 },
    ]);
    expect(requests[2]?.tokenId).toBe(requests[1]?.tokenId);
    expect(requests[2]?.tokenId).toEqual(expect.any(String));
    expect(await lab.negotiations()).toEqual(requests.slice(0, 2));
    await connection.invoke('Echo', 1);
    await lab.waitFor('only this connection', ({ connections }) => connections.length === 1);
  });

  it('lets pages on loopback read the challenge', async () => {
    const answer = await fetch(`${lab.url}/negotiate?negotiateVersion=1`, {
      method: 'POST',
      headers: { Origin: 'http://localhost:5173' },
    });
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('http://localhost:5173');
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBe('true');
    expect(answer.headers.get('Access-Control-Expose-Headers')).toMatch(/WWW-Authenticate/i);
  });

  it('refuses requests with any status, as often as told', async () => {
    const token = await lab.issue({ sub: 'ann', expiresIn: 60 });
    await lab.reject(503, { times: 2, headers: { 'Retry-After': '3' } });
    const answers = [await negotiate(token), await negotiate(token), await negotiate(token)];
    expect(answers.map((answer) => answer.status)).toEqual([503, 503, 200]);
    expect(answers[0]?.headers.get('Retry-After')).toBe('3');
    await lab.reject(403, { on: 'connect' });
    await expect(connect()).rejects.toThrow();
    expect((await lab.requests()).at(-1)).toMatchObject({ path: '/hub', status: 403 });
    await connect();
  });

  it('brings messages to all, to a group and to a user', async () => {
    const ann = await connect('ann');
    const ben = await connect('dora');
    const heard: unknown[] = [];
    const all = new Promise<void>((done) => {
      ann.connection.on('News', (...args: unknown[]) => heard.push(['ann', ...args]));
      ann.connection.on('GroupMessage', (...args: unknown[]) => heard.push(['ann', ...args]));
      ann.connection.on('Last', () => done());
    });
    ben.connection.on('News', (...args: unknown[]) => heard.push(['dora', ...args]));
    await ann.connection.invoke('JoinGroups', ['a', 'b']);
    await ann.connection.invoke('LeaveGroup', 'b');
    await lab.broadcast('News', 1);
    await lab.toGroup('a', 'News', 2);
    await lab.toGroup('b', 'News', 3);
    await lab.toUser('ann', 'News', { four: 4 });
    await ben.connection.invoke('SendToGroup', 'a', 'hello');
    await lab.toUser('ann', 'Last');
    await all;
    expect(heard.filter((entry) => (entry as unknown[])[0] === 'ann')).toEqual([
      ['ann', 1],
      ['ann', 2],
      ['ann', { four: 4 }],
      ['ann', 'a', 'hello'],
    ]);
    await lab.toUser('dora', 'News', 5);
    await ben.connection.invoke('Echo', 0);
    expect(heard.filter((entry) => (entry as unknown[])[0] === 'dora')).toEqual([
      ['dora', 1],
      ['dora', 5],
    ]);
    expect((await lab.connections()).map(({ userId, groups }) => ({ userId, groups }))).toEqual(
      expect.arrayContaining([
        { userId: 'ann', groups: ['a'] },
        { userId: 'dora', groups: [] },
      ]),
    );
  });

  it('refuses a group, fails it for a while, and knows how many joins ran at once', async () => {
    const { connection } = await connect();
    await lab.forget();
    await lab.refuseGroup('closed');
    await lab.failGroup('shaky', 2);
    const join = (group: string): Promise<string> => connection.invoke('JoinGroup', group).then(() => 'joined', text);
    expect(await join('closed')).toBe(
      "An unexpected error occurred invoking 'JoinGroup' on the server. HubException: The group 'closed' is closed to you.",
    );
    expect([await join('shaky'), await join('shaky'), await join('shaky')]).toEqual([
      "An unexpected error occurred invoking 'JoinGroup' on the server.",
      "An unexpected error occurred invoking 'JoinGroup' on the server.",
      'joined',
    ]);
    expect((await lab.joins()).calls.map(({ groups, outcome }) => [...groups, outcome])).toEqual([
      ['closed', 'refused'],
      ['shaky', 'failed'],
      ['shaky', 'failed'],
      ['shaky', 'joined'],
    ]);
    expect((await lab.joins()).maxConcurrent).toBe(1);
    await lab.setJoinDelay(50);
    await Promise.all(['1', '2', '3'].map(join));
    await lab.setJoinDelay(0);
    expect((await lab.joins()).maxConcurrent).toBe(3);
    await lab.admitGroup('closed');
    expect(await join('closed')).toBe('joined');
  });

  it('drops sockets without a Close frame', async () => {
    const client = await connect();
    const { connectionId } = client.connection;
    await lab.drop();
    expect(await client.closed).toBe(1006);
    expect(client.received).toEqual([]);
    await lab.waitFor('the end of the dropped connection', ({ disconnects }) =>
      disconnects.some((end) => end.connectionId === connectionId && end.finishedAt !== null),
    );
  });

  it('closes connections with and without leave to reconnect', async () => {
    for (const allowReconnect of [true, false]) {
      const client = await connect();
      await lab.closeAll({ allowReconnect });
      await client.closed;
      expect(client.received.map(({ type, ...rest }) => ({ type, ...rest }))).toEqual([
        allowReconnect ? { type: 7, allowReconnect: true } : { type: 7 },
      ]);
    }
  });

  it('closes a connection with an error when OnConnected throws', async () => {
    await lab.failConnections(1);
    const client = createRawClient(lab, await lab.issue({ sub: 'ann', expiresIn: 60 }));
    // The Close may come in one packet with the answer to the handshake: then `start` fails, else it does not.
    await client.connection.start().catch(() => {});
    await client.closed;
    expect(client.received).toEqual([{ type: 7, error: expect.any(String) }]);
    expect((await lab.connections()).map((connection) => connection.connectionId)).not.toContain(
      client.connection.connectionId,
    );
    const next = await connect();
    expect(await next.connection.invoke('Echo', 1)).toBe(1);
  });

  it("answers the hub protocol's Close by closing the socket, once OnDisconnected has run", async () => {
    const client = await connect();
    const { connectionId } = client.connection;
    await lab.setDisconnectDelay(300);
    const begun = Date.now();
    client.sayGoodbye();
    await client.closed;
    const ended = Date.now();
    await lab.setDisconnectDelay(0);
    const end = (await lab.disconnects()).find((disconnect) => disconnect.connectionId === connectionId);
    expect(end?.startedAt).toBeGreaterThanOrEqual(begun);
    expect(end?.finishedAt).toBeGreaterThanOrEqual(begun + 290);
    expect(end?.finishedAt).toBeLessThanOrEqual(ended);
  });

  it('comes back on the same port and remembers what it was told', async () => {
    const own = await startOwnLab();
    const token = await own.issue({ sub: 'ann', expiresIn: 60 });
    const client = await connect('ben', own);
    await client.connection.invoke('Slow', 0, 'once');
    await own.revoke('ann');
    await own.refuseGroup('closed');
    await own.failGroup('shaky', 1);
    const back = own.restart({ downFor: 300 });
    expect(await client.closed).toBe(1006);
    await expect(negotiate(token, own.url)).rejects.toThrow();
    await own.broadcast('News', 'heard by nobody');
    await own.refuseGroup('closed-meanwhile');
    await back;
    expect((await negotiate(token, own.url)).status).toBe(401);
    const again = await connect('ben', own);
    expect(await again.connection.invoke('Count', 'once')).toBe(1);
    await expect(again.connection.invoke('JoinGroup', 'closed')).rejects.toThrow('closed to you');
    await expect(again.connection.invoke('JoinGroup', 'closed-meanwhile')).rejects.toThrow('closed to you');
    await expect(again.connection.invoke('JoinGroup', 'shaky')).rejects.toThrow();
    await again.connection.invoke('JoinGroup', 'shaky');
    expect(await own.connections()).toMatchObject([{ connectionId: again.connection.connectionId, groups: ['shaky'] }]);
    // The requests of the first run are still there; none was seen while it was down.
    expect((await own.requests()).map((request) => request.status)).toEqual([200, 101, 401, 200, 101]);
  });

  it('ends a connection within about a second of its expiry, if told so', async () => {
    const own = await startOwnLab({ closeOnAuthenticationExpiration: true, clockSkew: 60 });
    const late = await connect('ann', own, await own.issue({ sub: 'ann', expiresIn: -10 }));
    await late.closed;
    expect(late.received).toEqual([{ type: 7, allowReconnect: true }]);
  });

  it('asks for a role, and lets visitors in, if told so', async () => {
    const own = await startOwnLab({ allowAnonymous: true, requiredRole: 'member' });
    const visitor = createRawClient(own);
    cleanUp.push(() => visitor.connection.stop());
    await visitor.connection.start();
    expect(await visitor.connection.invoke('WhoAmI')).toMatchObject({ userId: null, roles: [] });
    expect((await negotiate(await own.issue({ sub: 'ann', expiresIn: 60 }), own.url)).status).toBe(403);
    own.setRoles('ann', ['member']);
    expect((await negotiate(await own.issue({ sub: 'ann', expiresIn: 60 }), own.url)).status).toBe(200);
  });

  it('offers to renew connections in place, if told so, and refuses as often as told', async () => {
    const own = await startOwnLab({ tokenRefresh: true });
    const token = await own.issue({ sub: 'ann', expiresIn: 60 });
    const refresh = async (): Promise<number> => {
      const headers = { Authorization: `Bearer ${token}` };
      return (await fetch(`${own.url}/refresh?id=unknown`, { method: 'POST', headers })).status;
    };
    await own.reject(503, { on: 'refresh' });
    expect(await (await negotiate(token, own.url)).json()).toMatchObject({ tokenLifetimeSeconds: expect.any(Number) });
    expect([await refresh(), await refresh()]).toEqual([503, 404]);
    const plain = await (await negotiate(await lab.issue({ sub: 'ann', expiresIn: 60 }))).json();
    expect(plain).not.toHaveProperty('tokenLifetimeSeconds');
  });

  it('goes by a clock of its own, if told so', async () => {
    const own = await startOwnLab({ clock: 600, closeOnAuthenticationExpiration: true });
    const ours = await startOwnLab({ clock: -600 });
    for (const server of [own, ours]) {
      const [good, over] = [
        await server.issue({ sub: 'ann', expiresIn: 60 }),
        await server.issue({ sub: 'ann', expiresIn: -5 }),
      ];
      expect([(await negotiate(good, server.url)).status, (await negotiate(over, server.url)).status]).toEqual([
        200, 401,
      ]);
    }
    const { closed } = await connect('ann', own, await own.issue({ sub: 'ann', expiresIn: 2 }));
    const connectedAt = Date.now();
    await closed;
    expect(Date.now() - connectedAt).toBeLessThan(4_000);
  });

  it('takes a role from a user, whatever later tokens say', async () => {
    const own = await startOwnLab({ requiredRole: 'member' });
    own.setRoles('ann', ['member', 'admin']);
    const issue = (): Promise<string> => own.issue({ sub: 'ann', expiresIn: 60 });
    await own.revokeRole('ann', 'admin');
    const { connection } = await connect('ann', own, await issue());
    expect(await connection.invoke('WhoAmI')).toMatchObject({ roles: ['member'] });
    await own.revokeRole('ann', 'member');
    expect((await negotiate(await issue(), own.url)).status).toBe(403);
  });

  it('sends clients elsewhere, once they are admitted', async () => {
    const token = await lab.issue({ sub: 'ann', expiresIn: 60 });
    const target = { url: 'http://127.0.0.1:9/elsewhere', accessToken: 'theirs' };
    await lab.redirect(target);
    expect(await (await negotiate(token)).json()).toMatchObject({ negotiateVersion: 0, ...target });
    expect((await negotiate(null)).status).toBe(401);
    await lab.redirect(null);
    expect(await (await negotiate(token)).json()).not.toHaveProperty('url');
  });

  it('numbers messages at a rate, in order', async () => {
    const { connection } = await connect();
    const heard: number[] = [];
    const tenth = new Promise<void>((resolve) => {
      connection.on('Number', (number: number) => {
        heard.push(number);
        if (number === 10) resolve();
      });
    });
    const startedAt = Date.now();
    await lab.startNumbers({ every: 20 });
    await tenth;
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(195);
    const last = await lab.stopNumbers();
    await connection.invoke('Echo', 'after the last number');
    expect(heard).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });

  it('says what it has seen when a wait takes too long, without any token', async () => {
    const token = await lab.issue({ sub: 'ann', expiresIn: 60 });
    const client = await connect('ann', lab, token);
    const failure: unknown = await lab
      .waitFor('something that never happens', () => false, { timeout: 10 })
      .catch((error: unknown) => error);
    expect(text(failure)).toContain('something that never happens');
    expect(text(failure)).toContain(client.connection.connectionId);
    expect(text(failure)).not.toContain(token.slice(-16));
  });
});

const otherTransports = [HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling];

it.each(otherTransports)('serves transport %i', async (transport) => {
  const { connection } = await connectBy(transport);
  expect(await connection.invoke('Add', 2, 2)).toBe(4);
});

it.each(otherTransports.filter((transport) => transport === HttpTransportType.ServerSentEvents))(
  'drops an event stream (transport %i)',
  async (transport) => {
    const { connectionId, closed } = await connectBy(transport);
    await lab.drop();
    await closed;
    await lab.waitFor('the end of the dropped connection', ({ disconnects }) =>
      disconnects.some((end) => end.connectionId === connectionId),
    );
  },
);

async function connectBy(transport: HttpTransportType) {
  const token = await lab.issue({ sub: 'ann', expiresIn: 60 });
  const connection = new HubConnectionBuilder()
    .withUrl(lab.url, { transport, accessTokenFactory: () => token })
    .configureLogging(LogLevel.None)
    .build();
  const closed = new Promise<unknown>((resolve) => connection.onclose(resolve));
  cleanUp.push(() => connection.stop());
  await connection.start();
  // SignalR has another id, or none, once the connection is closed.
  return { connection, connectionId: connection.connectionId, closed };
}
