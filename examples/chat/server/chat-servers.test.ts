import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { historySize, rooms } from '../contract.ts';
import { startAspNetCoreHub } from './aspnetcore.ts';
import { startChatHub } from './chat-hub.ts';
import type { ChatServer, ChatServerEvent } from './chat-server.ts';
import { logIn, refresh, type Tokens } from '../../common/headless-login.ts';
import { startProvider, type ChatProvider } from '../../common/provider.ts';
import { connectRaw, type RawHubClient } from './raw-hub-client.ts';

// One chat, two servers: the same facts for both, chosen by TEST_SERVER.
const aspNetCore = process.env['TEST_SERVER'] === 'aspnetcore';
const origin = 'http://127.0.0.1:9';
const redirectUri = `${origin}/react/`;
const disconnectDelay = 300;

let provider: ChatProvider;
let hub: ChatServer;
const open: RawHubClient[] = [];

beforeAll(async () => {
  provider = await startProvider({ pageUris: [redirectUri] });
  const start = aspNetCore ? startAspNetCoreHub : startChatHub;
  hub = await start({ authority: provider.issuer, origins: [origin], disconnectDelay });
}, 180_000);

afterEach(async () => {
  const clients = open.splice(0).map(({ connection }) => connection);
  const ids = clients.flatMap(({ connectionId }) => connectionId ?? []);
  await Promise.all(clients.map((connection) => connection.stop()));
  await Promise.all(ids.map((id) => finished(id)));
});

afterAll(async () => {
  await hub?.close();
  await provider?.close();
});

async function tokensOf(user: 'alice' | 'bob'): Promise<Tokens> {
  const { tokens } = await logIn(provider.issuer, redirectUri, user, user === 'alice' ? 'wonderland' : 'builder');
  return tokens;
}

async function connect(accessToken: string | null): Promise<RawHubClient> {
  const client = await connectRaw(hub.url, accessToken);
  open.push(client);
  return client;
}

async function connectAs(user: 'alice' | 'bob'): Promise<RawHubClient> {
  return connect((await tokensOf(user)).accessToken);
}

function negotiate(accessToken: string | null, init: RequestInit = {}): Promise<Response> {
  const authorization = accessToken === null ? {} : { authorization: `Bearer ${accessToken}` };
  return fetch(`${hub.url}/negotiate?negotiateVersion=1`, {
    method: 'POST',
    headers: { origin, ...authorization },
    ...init,
  });
}

/** The hub has said good-bye to this connection. */
function finished(connectionId: string): Promise<ChatServerEvent> {
  return hub.events.waitFor((event) => event.type === 'disconnected-finished' && event.connectionId === connectionId);
}

/** How many messages the room has had: the servers live longer than a test. */
async function lastId(client: RawHubClient, room: string): Promise<number> {
  return (await client.call('History', room)).at(-1)?.id ?? 0;
}

describe('rooms', () => {
  it('lists every room, and lets members talk in the ones they joined', async () => {
    const alice = await connectAs('alice');
    const bob = await connectAs('bob');
    await alice.call('JoinRoom', 'kitchen');
    await bob.call('JoinRoom', 'kitchen');
    const before = await lastId(alice, 'kitchen');

    await alice.call('Send', 'kitchen', 'The kettle is on, who wants tea?');

    const { argument } = await bob.heard.waitFor(({ method }) => method === 'MessageReceived');
    expect(argument).toEqual({
      id: before + 1,
      room: 'kitchen',
      userId: 'alice',
      name: 'Alice',
      text: 'The kettle is on, who wants tea?',
      sentAt: expect.closeTo(Date.now(), -4),
      truncated: false,
    });
    expect(await alice.heard.waitFor(({ method }) => method === 'MessageReceived')).toMatchObject({ argument });
    expect((await bob.call('History', 'kitchen')).at(-1)).toEqual(argument);
    expect(await bob.call('Rooms')).toEqual(rooms);
  });

  it('stops telling who has left', async () => {
    const alice = await connectAs('alice');
    await alice.call('JoinRoom', 'lobby');
    await alice.call('LeaveRoom', 'lobby');
    await alice.call('JoinRoom', 'kitchen');

    await alice.call('Send', 'lobby', 'nobody hears this');
    await alice.call('Send', 'kitchen', 'this is heard');

    await alice.heard.waitFor(({ method }) => method === 'MessageReceived');
    const texts = alice.heard.entries.flatMap((heard) =>
      heard.method === 'MessageReceived' ? [heard.argument.text] : [],
    );
    expect(texts).toEqual(['this is heard']);
  });

  it(`keeps the last ${historySize} messages and numbers them without a gap`, async () => {
    const alice = await connectAs('alice');
    const before = await lastId(alice, 'staff');

    for (let index = 0; index < historySize + 5; index++) await alice.call('Send', 'staff', `message ${index}`);

    const history = await alice.call('History', 'staff');
    expect(history.map(({ id }) => id)).toEqual(Array.from({ length: historySize }, (_, index) => before + 6 + index));
    expect(history[0]?.text).toBe('message 5');
  });

  it('refuses a room to those without its role, to a stranger a room that does not exist', async () => {
    const alice = await connectAs('alice');
    const bob = await connectAs('bob');
    const refusal = (method: string) =>
      `An unexpected error occurred invoking '${method}' on the server. HubException: The room 'staff' is for members of the role 'staff'.`;

    await expect(alice.call('JoinRoom', 'staff')).resolves.toBeNull();
    await expect(bob.call('JoinRoom', 'staff')).rejects.toThrow(refusal('JoinRoom'));
    await expect(bob.call('History', 'staff')).rejects.toThrow(refusal('History'));
    await expect(bob.call('Send', 'staff', 'let me in')).rejects.toThrow(refusal('Send'));
    await expect(bob.call('JoinRoom', 'cellar')).rejects.toThrow("HubException: There is no room 'cellar'.");
  });

  it('refuses a message without text or with too much of it', async () => {
    const bob = await connectAs('bob');

    await expect(bob.call('Send', 'lobby', ' \n ')).rejects.toThrow('HubException: A message needs a text.');
    await expect(bob.call('Send', 'lobby', 'x'.repeat(2001))).rejects.toThrow(
      'HubException: A message may have 2000 characters at most.',
    );
    await expect(bob.call('Send', 'lobby', 'x'.repeat(2000))).resolves.toBeNull();
  });
});

describe('visitors', () => {
  it('see the first words of each message', async () => {
    const visitor = await connect(null);
    const bob = await connectAs('bob');
    await visitor.call('JoinRoom', 'lobby');

    await bob.call('Send', 'lobby', 'One two three four five');
    await bob.call('Send', 'lobby', 'One two three four');

    const cut = { userId: 'bob', text: 'One two three four…', truncated: true };
    const whole = { userId: 'bob', text: 'One two three four', truncated: false };
    await visitor.heard.waitFor(({ method, argument }) => method === 'MessageReceived' && !argument.truncated);
    const messages = visitor.heard.entries.filter(({ method }) => method === 'MessageReceived');
    expect(messages).toMatchObject([{ argument: cut }, { argument: whole }]);
    expect((await visitor.call('History', 'lobby')).slice(-2)).toMatchObject([cut, whole]);
    expect((await bob.call('History', 'lobby')).at(-2)).toMatchObject({
      text: 'One two three four five',
      truncated: false,
    });
  });

  it('may not speak, nor enter a room with a role', async () => {
    const visitor = await connect(null);
    const unauthorized = (method: string) => `Failed to invoke '${method}' because user is unauthorized`;

    await expect(visitor.call('Send', 'lobby', 'hello')).rejects.toThrow(unauthorized('Send'));
    await expect(visitor.call('SendDirect', 'bob', 'hello')).rejects.toThrow(unauthorized('SendDirect'));
    await expect(visitor.call('ExpireMyToken')).rejects.toThrow(unauthorized('ExpireMyToken'));
    await expect(visitor.call('JoinRoom', 'staff')).rejects.toThrow('is for members of the role');
  });
});

describe('people', () => {
  it('are listed once however many connections they have, and everybody hears of changes', async () => {
    const visitor = await connect(null);
    await connectAs('alice');
    const secondAlice = await connectAs('alice');
    const bob = await connectAs('bob');
    await visitor.heard.waitFor(({ method, argument }) => method === 'OnlineChanged' && argument.length === 2);
    expect(await visitor.call('Online')).toEqual([
      { userId: 'alice', name: 'Alice' },
      { userId: 'bob', name: 'Bob' },
    ]);

    await secondAlice.connection.stop();
    await bob.connection.stop();

    await visitor.heard.waitFor(({ method, argument }) => method === 'OnlineChanged' && argument.length === 1, 2);
    const names = visitor.heard.entries.flatMap((heard) =>
      heard.method === 'OnlineChanged' ? [heard.argument.map(({ name }) => name).join()] : [],
    );
    expect(names).toEqual(['Alice', 'Alice,Bob', 'Alice']);
  });

  it('write to each other on all their connections, and only to who is there', async () => {
    const alice = await connectAs('alice');
    const bob = await connectAs('bob');
    const secondBob = await connectAs('bob');

    await alice.call('SendDirect', 'bob', 'Psst');

    const message = { fromUserId: 'alice', fromName: 'Alice', toUserId: 'bob', text: 'Psst' };
    for (const client of [alice, bob, secondBob]) {
      const { argument } = await client.heard.waitFor(({ method }) => method === 'DirectMessageReceived');
      expect(argument).toMatchObject(message);
    }
    await expect(alice.call('SendDirect', 'carol', 'Psst')).rejects.toThrow(
      "HubException: The user 'carol' is not online.",
    );
    await expect(alice.call('SendDirect', 'bob', '')).rejects.toThrow('HubException: A message needs a text.');
  });
});

describe('connections', () => {
  it('DropMyConnection kills the socket without a Close frame', async () => {
    const bob = await connectAs('bob');

    void bob.call('DropMyConnection').catch(() => {});

    expect((await bob.closed)?.message).toContain('1006');
  });

  it('ExpireMyToken closes as expiry does, and refuses the old tokens but not the next one', async () => {
    const { accessToken, refreshToken } = await tokensOf('bob');
    const bob = await connect(accessToken);
    const secondBob = await connect(accessToken);
    const alice = await connectAs('alice');

    await bob.call('ExpireMyToken');

    expect(await bob.closed).toBeUndefined();
    expect(await secondBob.closed).toBeUndefined();
    const refused = await negotiate(accessToken);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/);
    // At once, mostly within the second that the old token was issued in.
    const renewed = await refresh(provider.issuer, refreshToken);
    expect((await negotiate(renewed.accessToken)).status).toBe(200);
    expect(alice.connection.connectionId).not.toBeNull();
  });

  it('a token that expires ends the connection', async () => {
    provider.setAccessTokenLifetime(2);
    const bob = await connectAs('bob').finally(() => provider.setAccessTokenLifetime(60));

    expect(await bob.closed).toBeUndefined();
  });

  it('says when it has finished with a connection, after the time that takes', async () => {
    const bob = await connectAs('bob');
    const { connectionId } = bob.connection;
    const connected = await hub.events.waitFor((event) => event.connectionId === connectionId);
    expect(connected).toEqual({
      type: 'connected',
      at: expect.any(Number),
      connectionId: expect.any(String),
      userId: 'bob',
    });

    const stoppedAt = Date.now();
    await bob.connection.stop();

    const { userId, at } = await finished(connected.connectionId);
    expect(userId).toBe('bob');
    expect(at - stoppedAt).toBeGreaterThanOrEqual(disconnectDelay - 20);
  });
});

describe('tokens', () => {
  it('a bad one is refused, not taken for a visitor', async () => {
    const response = await negotiate('nonsense');

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    await expect(connect('nonsense')).rejects.toThrow('401');
  });

  it('is read from the query as well, where browsers put it for a WebSocket', async () => {
    const ask = (token: string) =>
      fetch(`${hub.url}/negotiate?negotiateVersion=1&access_token=${token}`, { method: 'POST' });

    expect((await ask((await tokensOf('alice')).accessToken)).status).toBe(200);
    expect((await ask('nonsense')).status).toBe(401);
  });

  it('an ID token is no access token', async () => {
    expect((await negotiate((await tokensOf('alice')).idToken)).status).toBe(401);
  });

  it('pages may read why they were refused, other origins may read nothing', async () => {
    const page = await negotiate('nonsense');
    expect(page.headers.get('access-control-allow-origin')).toBe(origin);
    expect(page.headers.get('access-control-allow-credentials')).toBe('true');
    expect(page.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');

    const stranger = await negotiate(null, { headers: { origin: 'http://elsewhere.example' } });
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a restart', () => {
  it('cuts everybody off, answers nobody meanwhile, and comes back at the same place with its messages', async () => {
    const alice = await connectAs('alice');
    await alice.call('Send', 'lobby', 'before the restart');
    const { id } = (await alice.call('History', 'lobby')).at(-1)!;

    const back = hub.restart({ downFor: 500 });

    expect((await alice.closed)?.message).toContain('1006');
    await expect(negotiate(null)).rejects.toThrow();
    await back;
    const again = await connectAs('alice');
    await again.call('Send', 'lobby', 'after the restart');
    expect((await again.call('History', 'lobby')).slice(-2)).toMatchObject([
      { id, text: 'before the restart' },
      { id: id + 1, text: 'after the restart' },
    ]);
  });
});
