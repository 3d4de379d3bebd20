import { HttpTransportType } from '@microsoft/signalr';
import { expect, test, vi } from 'vitest';
import type { AnyHubContract, Entrance, TestHub } from '../src/index.ts';
import { handshake } from './support/clients.ts';
import { httpClient, httpWire } from './support/http.ts';
import type { EventWire, HttpWire } from './support/http.ts';
import { listeningHub, testHub } from './support/hub.ts';

type Hub = TestHub<AnyHubContract>;

/** A client that has shaken hands; one poll waits. */
async function polling(hub: Hub): Promise<{ client: HttpWire; poll: Promise<string> }> {
  const client = await httpWire(hub);
  await client.poll();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await client.poll();
  await connected;
  return { client, poll: client.poll() };
}

/** A client that has shaken hands; two entries are in its log. */
async function streaming(hub: Hub): Promise<{ client: HttpWire; stream: EventWire }> {
  const client = await httpWire(hub);
  const stream = await client.events();
  const connected = hub.waitFor('connected');
  await client.post(handshake);
  await Promise.all([connected, stream.until(2)]);
  return { client, stream };
}

test('drop() kills the poll that waits and the stream, and their ids with them', async () => {
  const gone: unknown[] = [];
  const hub = testHub({ onDisconnected: (_call, error) => void gone.push(error) });
  const [lp, sse] = [await polling(hub), await streaming(hub)];
  hub.drop();
  expect([await lp.poll, (await sse.stream.until(3))[2]]).toEqual(['nothing', 'died']);
  expect([await lp.client.poll(), await sse.client.post({ type: 6 }), gone]).toEqual([
    '404 No Connection with that ID',
    '404 No Connection with that ID',
    [undefined, undefined],
  ]);
});

test('drop() without a poll in flight shows in the next one', async () => {
  const hub = testHub();
  const { client, poll } = await polling(hub);
  await hub.clients.all.send('Heard', 1);
  await poll;
  hub.drop();
  expect(await client.poll()).toBe('404 No Connection with that ID');
});

test.each([HttpTransportType.LongPolling, HttpTransportType.ServerSentEvents])(
  'the client of SignalR sees a drop() and a restart() on transport %i, and comes back',
  async (transport) => {
    const { hub, url } = await listeningHub({ methods: { Add: (_call, a, b) => a + b } });
    const client = httpClient(url, transport);
    for (const fault of [() => hub.drop(), () => void hub.restart()]) {
      const closed = new Promise<void>((resolve) => client.onclose(() => resolve()));
      await client.start();
      expect(await client.invoke('Add', 1, 2)).toBe(3);
      fault();
      await closed;
    }
  },
);

test('restart() forgets the ids that were given out', async () => {
  const hub = testHub();
  const [fresh, { poll, client }] = [await httpWire(hub), await polling(hub)];
  await hub.restart();
  expect([await poll, await client.poll(), await fresh.poll()]).toEqual([
    'nothing',
    '404 No Connection with that ID',
    '404 No Connection with that ID',
  ]);
});

test('while the hub is down every request dies', async () => {
  const hub = testHub();
  const client = await httpWire(hub);
  const back = hub.restart({ downFor: 10 });
  expect([await client.poll(), await client.post(handshake), await client.delete()]).toEqual(
    Array.from({ length: 3 }, () => 'nothing'),
  );
  await back;
});

test('a frozen hub answers no poll, takes no POST and streams nothing, until it thaws', async () => {
  const hub = testHub({ methods: { Add: (_call, a, b) => a + b } });
  const [lp, sse] = [await polling(hub), await streaming(hub)];
  hub.freeze();
  const log: string[] = [];
  void lp.poll.then((answer) => log.push(answer));
  const posted = sse.client.post({ type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] });
  void posted.then((answer) => log.push(answer));
  await hub.clients.all.send('Heard', 1);
  // Another hub answers meanwhile: time enough for this one, if it did.
  await polling(testHub());
  expect([log, sse.stream.log.length, hub.received().length]).toEqual([[], 2, 0]);
  hub.thaw();
  const heard = '{"type":1,"target":"Heard","arguments":[1]}|';
  expect([await posted, await lp.poll, (await sse.stream.until(4)).slice(2)]).toEqual([
    '200',
    `200 ${heard}`,
    [`data: ${heard}↵↵`, 'data: {"type":3,"invocationId":"1","result":3}|↵↵'],
  ]);
});

test('drop() reaches a frozen poll', async () => {
  const hub = testHub();
  const { client, poll } = await polling(hub);
  // Sent after the poll, so answered when that has come in.
  await client.post({ type: 6 });
  hub.freeze();
  hub.drop();
  expect(await poll).toBe('nothing');
});

test('delay() makes messages late once, and empty answers too', async () => {
  vi.useFakeTimers();
  try {
    const hub = testHub();
    const [lp, sse] = [await polling(hub), await streaming(hub)];
    const log: string[] = [];
    void lp.poll.then((answer) => log.push(answer));
    hub.delay(200);
    void hub.clients.all.send('Heard', 1);
    void lp.client.post({ type: 6 }).then((answer) => log.push(`posted ${answer}`));
    await vi.advanceTimersByTimeAsync(199);
    const early = [log.length, sse.stream.log.length];
    await vi.advanceTimersByTimeAsync(1);
    expect([early, log.toSorted(), sse.stream.log.length]).toEqual([
      [0, 2],
      ['200 {"type":1,"target":"Heard","arguments":[1]}|', 'posted 200'],
      3,
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test('reject() refuses what it names, and nothing else', async () => {
  const hub = testHub();
  const refused: unknown[] = [];
  hub.on('refused', (refusal) => refused.push(refusal));
  const outcomes: Record<string, string[]> = {};
  for (const on of ['events', 'poll', 'post', 'delete'] satisfies Entrance[]) {
    const [lp, sse] = [await httpWire(hub), await httpWire(hub)];
    const lift = hub.reject(503, { on, body: 'no', times: 1 });
    outcomes[on] = [
      await sse.events().then(
        () => 'opened',
        ({ message }: Error) => message,
      ),
      await lp.poll(),
      await lp.post(handshake),
      await lp.ask('DELETE'),
    ];
    lift();
  }
  expect(outcomes).toEqual({
    events: ['503 no', '200', '200', '202'],
    poll: ['opened', '503 no', '200', '400 Cannot terminate this connection using the DELETE endpoint.'],
    post: ['opened', '200', '503 no', '202'],
    delete: ['opened', '200', '200', '503 no'],
  });
  expect(refused).toEqual([
    { on: 'events', status: 503 },
    { on: 'poll', status: 503 },
    { on: 'delete', status: 400 },
    { on: 'post', status: 503 },
    { on: 'delete', status: 503 },
  ]);
});

test('reject() counts only the requests that its filter picks', async () => {
  const hub = testHub();
  const [ann, bob] = [await httpWire(hub, '&who=ann'), await httpWire(hub, '&who=bob')];
  hub.reject(401, { on: 'poll', times: 1, filter: ({ url }) => url.includes('who=bob') });
  expect([await ann.poll(), await bob.poll(), await bob.poll()]).toEqual(['200', '401', '200']);
});

test('a filter that throws picks nothing, and the author is told', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const hub = testHub();
  const failure = new Error('oops');
  hub.reject(401, {
    filter() {
      throw failure;
    },
  });
  expect((await hub.handleRequest({ method: 'POST', url: '/hub/negotiate' }))?.status).toBe(200);
  expect(told).toHaveBeenCalledExactlyOnceWith("A filter of the test hub's reject() failed.", failure);
  told.mockRestore();
});
