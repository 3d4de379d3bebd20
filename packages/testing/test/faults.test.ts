import { expect, onTestFinished, test, vi } from 'vitest';
import { handshake, inMemory, rawSocket, refusedUpgrade, signalrClient } from './support/clients.ts';
import { listeningHub, testHub } from './support/hub.ts';

const negotiate = (url: string): Promise<Response> => fetch(`${url}/negotiate?negotiateVersion=1`, { method: 'POST' });
const authenticate = ({ token }: { token: string | null }): { userId: string } => ({ userId: token ?? '' });

test('drop() kills the chosen sockets without a Close frame', async () => {
  const { hub, url } = await listeningHub({ authenticate, methods: { Add: (_call, a, b) => a + b } });
  const ann = await rawSocket(`${url}?access_token=ann`);
  const bob = await rawSocket(`${url}?access_token=bob`);
  for (const client of [ann, bob]) client.send(handshake);
  await Promise.all([ann.until(1), bob.until(1)]);
  hub.drop({ filter: ({ userId }) => userId === 'ann' });
  await ann.until(2);
  bob.send({ type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] });
  await bob.until(2);
  expect([ann.log, bob.log]).toEqual([
    ['{}', 'closed 1006'],
    ['{}', '{"type":3,"invocationId":"1","result":3}'],
  ]);
});

test('close() says what the client may do, and resolves when onDisconnected has finished', async () => {
  const log: string[] = [];
  const hub = testHub({
    onDisconnected: (_call, error) => void log.push(`onDisconnected ${error?.message ?? 'well'}`),
  });
  const [first, second] = [await inMemory(hub), await inMemory(hub)];
  for (const client of [first, second]) client.send(handshake);
  await Promise.all([first.until(1), second.until(1)]);
  const id = hub.connections()[0]?.id;
  await hub.close({ allowReconnect: true, filter: (client) => client.id === id });
  await hub.close({ error: 'maintenance' });
  expect([first.log, second.log, log]).toEqual([
    ['{}', '{"type":7,"allowReconnect":true}', 'closed 1000'],
    ['{}', '{"type":7,"error":"maintenance"}', 'closed 1000'],
    ['onDisconnected well', 'onDisconnected maintenance'],
  ]);
});

test('restart() kills the sockets, frees the port, and comes back on it', async () => {
  const { hub, url } = await listeningHub();
  const client = await rawSocket(url);
  client.send(handshake);
  await client.until(1);
  await negotiate(url);
  const back = hub.restart({ downFor: 50 });
  await client.until(2);
  const down = await negotiate(url).catch((error: Error) => (error.cause as { code: string }).code);
  await back;
  expect([client.log, down, (await negotiate(url)).status]).toEqual([['{}', 'closed 1006'], 'ECONNREFUSED', 200]);
});

test('two restarts at once are one after the other', async () => {
  const { hub, url } = await listeningHub();
  await Promise.all([hub.restart(), hub.restart()]);
  expect((await negotiate(url)).status).toBe(200);
});

test('the client of SignalR finds its hub again after a restart', async () => {
  const { hub, url } = await listeningHub({ methods: { Add: (_call, a, b) => a + b } });
  const client = signalrClient(url);
  await client.start();
  const closed = new Promise((resolve) => client.onclose(resolve));
  await hub.restart();
  await closed;
  await client.start();
  expect(await client.invoke('Add', 1, 2)).toBe(3);
  await client.stop();
});

test('reject() refuses so many requests at the chosen entrance, with its headers', async () => {
  const { hub, url } = await listeningHub();
  hub.reject(503, { times: 1, headers: { 'Retry-After': '2' }, body: 'later' });
  const [first, second] = [await negotiate(url), await negotiate(url)];
  expect([first.status, first.headers.get('retry-after'), await first.text(), second.status]).toEqual([
    503,
    '2',
    'later',
    200,
  ]);

  const lift = hub.reject(401, { on: ['negotiate', 'upgrade'] });
  const refused = [(await negotiate(url)).status, (await negotiate(url)).status, await refusedUpgrade(url)];
  lift();
  expect([refused, (await negotiate(url)).status]).toEqual([[401, 401, { status: 401, challenge: 'Bearer' }], 200]);
});

test('a frozen hub reads, answers and closes nothing, and goes on in order when it thaws', async () => {
  const { hub, url } = await listeningHub({ methods: { Add: (_call, a, b) => a + b } });
  const client = await rawSocket(url);
  client.send(handshake, { type: 1, invocationId: '1', target: 'Add', arguments: [0, 0] });
  await client.until(2);
  hub.freeze();
  const log: string[] = [];
  const negotiated = negotiate(url).then(({ status }) => log.push(`negotiated ${status}`));
  void hub.clients.all.send('Heard', 1);
  client.send({ type: 1, invocationId: '2', target: 'Add', arguments: [1, 2] });
  client.socket.close();
  // Another hub answers over the same loopback meanwhile: time enough for this one, if it did.
  const other = await listeningHub();
  for (let i = 0; i < 5; i += 1) await negotiate(other.url);
  expect([client.log.length, log, hub.received().length]).toEqual([2, [], 1]);
  hub.thaw();
  await negotiated;
  expect(log).toEqual(['negotiated 200']);
  expect((await client.until(4)).slice(2)).toEqual(['{"type":1,"target":"Heard","arguments":[1]}', 'closed 1000']);
  expect(hub.received().length).toBe(2);
});

test('delay() makes every answer late, in order', async () => {
  vi.useFakeTimers();
  try {
    const hub = testHub({ methods: { Add: (_call, a, b) => a + b } });
    const client = await inMemory(hub);
    client.send(handshake);
    await vi.advanceTimersByTimeAsync(0);
    hub.delay(200);
    client.send({ type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] });
    await vi.advanceTimersByTimeAsync(150);
    hub.delay(0);
    client.send({ type: 1, invocationId: '2', target: 'Add', arguments: [3, 4] });
    await vi.advanceTimersByTimeAsync(49);
    const early = [...client.log];
    await vi.advanceTimersByTimeAsync(1);
    expect([early, client.log.slice(1)]).toEqual([
      ['{}'],
      ['{"type":3,"invocationId":"1","result":3}', '{"type":3,"invocationId":"2","result":7}'],
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test('expire() closes one user as at expiry', async () => {
  const hub = testHub({ authenticate });
  const ann = await inMemory(hub, { url: '/hub?access_token=ann' });
  const bob = await inMemory(hub, { url: '/hub?access_token=bob' });
  for (const client of [ann, bob]) client.send(handshake);
  await Promise.all([ann.until(1), bob.until(1)]);
  await hub.expire('ann');
  expect([ann.log, bob.log]).toEqual([['{}', '{"type":7,"allowReconnect":true}', 'closed 1000'], ['{}']]);
});

test('refuseGroup() makes the hub’s own join fail, until it is lifted', async () => {
  const hub = testHub({ methods: { Join: (call, room) => call.groups.add(room) } });
  const client = await inMemory(hub);
  const join = { type: 1, invocationId: '1', target: 'Join', arguments: ['staff'] };
  const lift = hub.refuseGroup('staff', 'Members only.');
  client.send(handshake, join);
  await client.until(2);
  lift();
  client.send(join);
  expect(await client.until(3)).toEqual([
    '{}',
    '{"type":3,"invocationId":"1","error":"An unexpected error occurred invoking \'Join\' on the server. HubException: Members only."}',
    '{"type":3,"invocationId":"1","result":null}',
  ]);
});

const outcome = (asked: Promise<Response>): Promise<number | string> =>
  asked.then(
    ({ status }) => status,
    (error: Error) => error.message,
  );

test('a restart ends the requests that the old process had not answered', async () => {
  const hub = testHub({ authenticate: ({ token }) => (token === null ? new Promise<null>(() => undefined) : null) });
  const { fetch, url } = hub.inProcess();
  const deciding = outcome(fetch(`${url}/negotiate`, { method: 'POST' }));
  hub.freeze();
  const frozen = outcome(fetch(`${url}/negotiate?access_token=ann`, { method: 'POST' }));
  await hub.restart();
  hub.thaw();
  expect([await deciding, await frozen]).toEqual(['fetch failed', 'fetch failed']);
});

test('an answer that is late does not outlive its process', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const hub = testHub();
  const { fetch, url } = hub.inProcess();
  hub.delay(100);
  const late = outcome(fetch(`${url}/negotiate`, { method: 'POST' }));
  await vi.advanceTimersByTimeAsync(50);
  void hub.restart();
  await vi.advanceTimersByTimeAsync(100);
  expect(await late).toBe('fetch failed');
});

test('what lifts a fault lifts no other of its kind', async () => {
  const hub = testHub({ methods: { Join: (call, room) => call.groups.add(room) } });
  const client = await inMemory(hub);
  const join = { type: 1, invocationId: '1', target: 'Join', arguments: ['staff'] };
  client.send(handshake);
  await client.until(1);
  const liftRefusal = hub.refuseGroup('staff', 'Members only.');
  hub.refuseGroup('staff', 'Closed.');
  liftRefusal();
  client.send(join);
  expect((await client.until(2))[1]).toContain('HubException: Closed.');
  const liftCut = hub.cutAfter(1_000);
  hub.cutAfter(5);
  liftCut();
  client.send(join);
  expect((await client.until(3))[2]).toBe('closed 1006');
});
