import { tokenFrom } from '@org/hub-core';
import type { HubClient, HubOptions } from '@org/hub-core';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import EventSource from 'eventsource';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { labKind, startLab } from '../lab/index.ts';
import type { Lab, LabHub } from '../lab/index.ts';
import { all, createClient, everyNumberTo, nextEvent, unhandledRejections, until } from './client.ts';
import { fakeClock } from './clock.ts';
import { createFeed } from './feed.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab(labKind(), { tokenRefresh: true });
});
afterAll(() => lab.close());

async function connect(options: Partial<HubOptions> = {}): Promise<HubClient<LabHub>> {
  const auth = tokenFrom(() => lab.issue({ sub: 'ann', expiresIn: 300 }));
  const { hub } = createClient(lab.url, { auth, ...options });
  await hub.start();
  return hub;
}

let names = 0;

/** A name for a run of a hub method, and what the server has seen of it. */
function named(): { run: string; reads(count: number): Promise<unknown>; ended(): Promise<[unknown[], string]> } {
  const run = `run ${++names}`;
  return {
    run,
    reads: (count) =>
      lab.waitFor(`${run} reads ${count}`, ({ runs }) =>
        runs.some((one) => one.run === run && one.items.length >= count),
      ),
    async ended() {
      const { items, ended } = await lab.waitFor(`the end of ${run}`, ({ runs }) =>
        runs.find((one) => one.run === run && one.ended !== 'running'),
      );
      return [[...items], ended];
    },
  };
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

const wires: [name: string, signalr: NonNullable<HubOptions['signalr']>][] = [
  ['WebSockets', { transport: 'WebSockets' }],
  ['ServerSentEvents', { transport: 'ServerSentEvents', EventSource: EventSource as never }],
  ['LongPolling', { transport: 'LongPolling' }],
];
// The server's package is not to be had everywhere; the bytes are the same.
if (labKind() === 'node')
  wires.push(
    ['WebSockets with MessagePack', { transport: 'WebSockets', protocol: new MessagePackHubProtocol() }],
    ['LongPolling with MessagePack', { transport: 'LongPolling', protocol: new MessagePackHubProtocol() }],
  );

describe.each(wires)('15. over %s', (_, signalr) => {
  it('streams go up in order, alone, side by side, and both ways at once', async () => {
    const hub = await connect({ signalr });
    const [alone, two, both] = [named(), named(), named()];
    const numbers = everyNumberTo(100);
    expect(await hub.invoke('Collect', alone.run, each(numbers))).toEqual(numbers);
    const words = numbers.map((number) => `word ${number}`);
    const collected = hub.invoke('CollectTwo', two.run, each(numbers), each(words));
    const doubled = all(hub.stream('Double', both.run, each(numbers)));
    expect(await collected).toEqual({ numbers, words });
    expect(await doubled).toEqual(numbers.map((number) => 2 * number));
    expect(await hub.invoke('Collect', named().run, each([]))).toEqual([]);
    expect(await both.ended()).toEqual([numbers, 'completed']);
  });

  it('the error of a stream reaches the hub method, and its call', async () => {
    const hub = await connect({ signalr });
    const { run, ended } = named();
    async function* broken() {
      yield 1;
      throw new Error('The camera is gone.');
    }
    await expect(hub.invoke('Collect', run, broken())).rejects.toMatchObject({
      code: 'method-failed',
      method: 'Collect',
      sent: 'yes',
    });
    expect(await ended()).toEqual([[1], 'The camera is gone.']);
    expect(await hub.invoke('Echo', 'it goes on')).toBe('it goes on');
  });

  it('a method that has heard enough is sent no more', async () => {
    const hub = await connect({ signalr });
    const feed = createFeed<number>();
    const { run, ended } = named();
    const some = hub.invoke('CollectSome', run, 2, feed);
    for (const number of [1, 2]) await feed.give(number);
    expect(await some).toEqual([1, 2]);
    await feed.left;
    expect(await ended()).toEqual([[1, 2], 'completed']);
  });

  it('a reader who leaves ends the stream on the server', async () => {
    const hub = await connect({ signalr });
    const { run, ended } = named();
    const heard: number[] = [];
    for await (const number of hub.stream('Ticks', run, 5)) {
      heard.push(number);
      if (number === 3) break;
    }
    expect(heard).toEqual([1, 2, 3]);
    expect((await ended())[1]).toBe('cancelled');
  });

  it('a reader who leaves ends both ways', async () => {
    const hub = await connect({ signalr });
    const feed = createFeed<number>();
    const { run, ended } = named();
    void feed.give(21);
    for await (const number of hub.stream('Double', run, feed)) {
      expect(number).toBe(42);
      break;
    }
    await feed.left;
    expect(await ended()).toEqual([[21], expect.stringMatching(/^(cancelled|It was cancelled\.)$/)]);
  });

  it('an abort ends a call, its stream and the method that reads it', async () => {
    const hub = await connect({ signalr });
    const feed = createFeed<number>();
    const { run, reads, ended } = named();
    const abort = new AbortController();
    const call = hub.with({ signal: abort.signal }).invoke('Collect', run, feed);
    const outcome = expect(call).rejects.toMatchObject({ code: 'aborted', sent: 'unknown', method: 'Collect' });
    await feed.give(1);
    await reads(1);
    abort.abort();
    await Promise.all([outcome, feed.left]);
    expect(await ended()).toEqual([[1], 'It was cancelled.']);
  });

  it('a stream is asked for its next item once the last one is on its way, and never twice at once', async () => {
    const hub = await connect({ signalr });
    const feed = createFeed<number>();
    const call = hub.invoke('Collect', named().run, feed);
    await feed.give(1);
    for (const number of [2, 3]) void feed.give(number);
    feed.end();
    expect(await call).toEqual([1, 2, 3]);
    expect(feed.log).toEqual(['ask', 'give 1', 'ask', 'give 2', 'ask', 'give 3', 'ask']);
  });
});

describe.each(wires.slice(0, 2))('15. over %s', (_, signalr) => {
  it('a connection that dies ends its streams, both ways, once; nothing is sent again', async () => {
    const unhandled = unhandledRejections();
    const hub = await connect({ signalr });
    const feeds = [createFeed<number>(), createFeed<number>(), createFeed<number>()] as const;
    const [collect, double, ticks] = [named(), named(), named()];
    for (const feed of feeds) void feed.give(1);
    const invoked = hub.invoke('Collect', collect.run, feeds[0]);
    const down = all(hub.stream('Double', double.run, feeds[1]));
    const plain = all(hub.stream('Ticks', ticks.run, 5));
    const outcome = Promise.allSettled([invoked, down, plain]);
    await hub.send('Collect', 'sent', feeds[2]);
    await Promise.all([collect.reads(1), double.reads(1)]);
    await hub.invoke('Echo', 'Ticks runs');

    const restored = nextEvent(hub, 'restored');
    await lab.drop();

    const lost = (method: string) => ({ status: 'rejected', reason: { code: 'connection-lost', method } });
    expect(await outcome).toMatchObject(['Collect', 'Double', 'Ticks'].map(lost));
    await Promise.all(feeds.map(({ left }) => left));
    expect([await collect.ended(), await double.ended()]).toEqual([
      [[1], 'cancelled'],
      [[1], 'cancelled'],
    ]);
    expect((await ticks.ended())[1]).toBe('cancelled');
    await restored;
    for (const feed of feeds) void feed.give(2);
    expect(await hub.invoke('Echo', 'it goes on')).toBe('it goes on');
    const runs = (await lab.runs()).filter(({ run }) => [collect.run, double.run, ticks.run].includes(run));
    expect(runs).toHaveLength(3);
    expect(unhandled).toEqual([]);
  });
});

it('15. a stop() ends streams on both sides, and is not kept waiting by them', async () => {
  const unhandled = unhandledRejections();
  const hub = await connect();
  const feed = createFeed<number>();
  const [collect, ticks] = [named(), named()];
  void feed.give(1);
  const outcome = Promise.allSettled([
    hub.invoke('Collect', collect.run, feed),
    all(hub.stream('Ticks', ticks.run, 5)),
  ]);
  await collect.reads(1);

  await hub.stop();

  const ended = { status: 'rejected', reason: { name: 'HubError', sent: 'unknown' } };
  expect(await outcome).toMatchObject([ended, ended]);
  await feed.left;
  expect(await collect.ended()).toEqual([[1], 'cancelled']);
  expect((await ticks.ended())[1]).toBe('cancelled');
  expect(unhandled).toEqual([]);
});

it('15. a stream that waits for a connection goes up on the next one, from its first item', async () => {
  const hub = await connect();
  const lost = nextEvent(hub, 'reconnecting');
  await lab.reject(503, { times: 2 });
  await lab.drop();
  await lost;
  const { run, ended } = named();
  expect(await hub.invoke('Collect', run, each([1, 2, 3]))).toEqual([1, 2, 3]);
  expect(await ended()).toEqual([[1, 2, 3], 'completed']);
});

it('15. a stream goes on through a `refresh` in place', async () => {
  const hub = await connect({ rotation: 'refresh' });
  const { connectionId } = hub.getSnapshot();
  const feed = createFeed<number>();
  const { run } = named();
  const call = hub.invoke('Collect', run, feed);
  await feed.give(1);
  await hub.refreshAuthentication();
  await feed.give(2);
  feed.end();
  expect(await call).toEqual([1, 2]);
  expect(hub.getSnapshot()).toMatchObject({ connectionId, gaps: 0 });
});

it('15. an overlap waits for streams, and leaves each on its connection', async () => {
  const hub = await connect({ rotation: 'overlap' });
  const first = hub.getSnapshot().connectionId;
  const [invoked, sent, both] = [named(), named(), named()];
  const feeds = [createFeed<number>(), createFeed<number>(), createFeed<number>()] as const;
  const call = hub.invoke('Collect', invoked.run, feeds[0]);
  const down = all(hub.stream('Double', both.run, feeds[2]));
  await hub.send('Collect', sent.run, feeds[1]);
  await Promise.all(feeds.map((feed) => feed.give(1)));

  const rotated = hub.refreshAuthentication();
  await lab.waitFor('the second connection', ({ connections }) => connections.length === 2);
  const meanwhile = await hub.invoke('WhoAmI');
  await Promise.all(feeds.map((feed) => feed.give(2)));
  for (const feed of feeds) feed.end();

  expect(await Promise.all([call, down])).toEqual([
    [1, 2],
    [2, 4],
  ]);
  await rotated;
  expect(meanwhile.connectionId).toBe(first);
  const runs = (await lab.runs()).filter(({ run }) => [invoked.run, sent.run, both.run].includes(run));
  expect(runs).toMatchObject([1, 2, 3].map(() => ({ connectionId: first, items: [1, 2], ended: 'completed' })));
  const snapshot = await until(hub, ({ connectionId }) => connectionId !== first);
  expect(snapshot).toMatchObject({ status: 'connected', gaps: 0 });
});

it('15. a stream without an end holds up an overlap for ten seconds, and ends with its connection', async () => {
  const hub = await connect({ rotation: 'overlap' });
  const first = hub.getSnapshot().connectionId;
  const feeds = [createFeed<number>(), createFeed<number>()] as const;
  const [invoked, sent] = [named(), named()];
  const lost = expect(hub.invoke('Collect', invoked.run, feeds[0])).rejects.toMatchObject({
    code: 'connection-lost',
    sent: 'unknown',
    method: 'Collect',
  });
  await hub.send('Collect', sent.run, feeds[1]);
  await Promise.all(feeds.map((feed) => feed.give(1)));
  await Promise.all([invoked.reads(1), sent.reads(1)]);
  fakeClock();
  const startedAt = Date.now();

  let isOver = false;
  const rotated = hub.refreshAuthentication().finally(() => (isOver = true));
  await lab.waitFor('the second connection', ({ connections }) => connections.length === 2);
  const meanwhile: Promise<unknown>[] = [];
  for (let number = 1; !isOver; number += 1) {
    meanwhile.push(hub.invoke('Echo', number));
    await vi.advanceTimersByTimeAsync(100);
  }

  await Promise.all([lost, rotated, ...feeds.map(({ left }) => left)]);
  // Five seconds to finish, five more while new calls wait; and what opening and closing take.
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(10_000);
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  expect(await Promise.all([invoked.ended(), sent.ended()])).toEqual([
    [[1], 'cancelled'],
    [[1], 'cancelled'],
  ]);
  expect(await Promise.all(meanwhile)).toEqual(everyNumberTo(meanwhile.length));
  const runs = (await lab.runs()).filter(({ run }) => [invoked.run, sent.run].includes(run));
  expect(runs).toMatchObject([{ connectionId: first }, { connectionId: first }]);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0 });
});
