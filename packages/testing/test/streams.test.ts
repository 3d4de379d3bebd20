import { expect, onTestFinished, test } from 'vitest';
import { Subject } from '@microsoft/signalr';
import { HubException } from '../src/index.ts';
import { handshake, inMemory, signalrClient } from './support/clients.ts';
import { deferred, listeningHub, testHub } from './support/hub.ts';

test('streams the items of a generator to the client of SignalR', async () => {
  const { url } = await listeningHub({
    streams: {
      async *Count(_call, to) {
        for (let n = 1; n <= to; n += 1) yield n;
      },
    },
  });
  const client = signalrClient(url);
  await client.start();
  const log: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    client.stream('Count', 3).subscribe({
      next: (item) => log.push(item),
      complete: () => resolve(void log.push('complete')),
      error: reject,
    });
  });
  expect(log).toEqual([1, 2, 3, 'complete']);
  await client.stop();
});

test('ends a stream on cancellation with a plain completion, and lets its finally run', async () => {
  const log: string[] = [];
  const cleanedUp = deferred();
  const hub = testHub({
    streams: {
      async *Endless(call) {
        try {
          yield 1;
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        } finally {
          cleanedUp.resolve(void log.push('finally'));
        }
      },
    },
  });
  const client = await inMemory(hub);
  client.send(handshake, { type: 4, invocationId: '1', target: 'Endless', arguments: [] });
  await client.until(2);
  client.send({ type: 5, invocationId: '1' });
  await cleanedUp.promise;
  expect(await client.until(3)).toEqual([
    '{}',
    '{"type":2,"invocationId":"1","item":1}',
    '{"type":3,"invocationId":"1"}',
  ]);
  expect(log).toEqual(['finally']);
});

test('ends the streams of a connection that dies', async () => {
  const cleanedUp = deferred();
  const hub = testHub({
    streams: {
      async *Endless(call) {
        try {
          yield 1;
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        } finally {
          cleanedUp.resolve();
        }
      },
    },
  });
  const client = await inMemory(hub);
  client.send(handshake, { type: 4, invocationId: '1', target: 'Endless', arguments: [] });
  await client.until(2);
  hub.drop();
  await cleanedUp.promise;
  expect(client.log.at(-1)).toBe('closed 1006');
});

test('tells a failure before the stream from one within', async () => {
  const hub = testHub({
    streams: {
      Early: () => {
        throw new HubException('early');
      },
      // oxlint-disable-next-line require-yield
      *Within() {
        throw new HubException('within');
      },
      Nothing: () => undefined as never,
    },
  });
  const client = await inMemory(hub);
  client.send(handshake);
  const errors: unknown[] = [];
  for (const [index, target] of ['Early', 'Within', 'Nothing'].entries()) {
    client.send({ type: 4, invocationId: `${index}`, target, arguments: [] });
    errors.push(JSON.parse((await client.until(index + 2)).at(-1)!).error);
  }
  expect(errors).toEqual([
    "An unexpected error occurred invoking 'Early' on the server. HubException: early",
    'An error occurred on the server while streaming results. HubException: within',
    "The value returned by the streaming method 'Nothing' is not a ChannelReader<> or IAsyncEnumerable<>.",
  ]);
});

test('refuses a second stream under the same id', async () => {
  const hub = testHub({
    streams: {
      async *Endless(call) {
        yield 1;
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
      },
    },
  });
  const client = await inMemory(hub);
  const endless = { type: 4, invocationId: '1', target: 'Endless', arguments: [] };
  client.send(handshake, endless);
  await client.until(2);
  client.send(endless);
  expect((await client.until(3))[2]).toBe(
    `{"type":3,"invocationId":"1","error":"Invocation ID '1' is already in use."}`,
  );
});

test('hands uploads to the method, behind its other arguments', async () => {
  const { url } = await listeningHub({
    methods: {
      async Sum(_call, start: number, items: AsyncIterable<number>) {
        let sum = start;
        for await (const item of items) sum += item;
        return sum;
      },
    },
  });
  const client = signalrClient(url);
  await client.start();
  const upload = new Subject<number>();
  const sum = client.invoke('Sum', 10, upload);
  for (const item of [1, 2, 3]) upload.next(item);
  upload.complete();
  expect(await sum).toBe(16);
  await client.stop();
});

test('does not let an upload that waits for its items hold back other invocations', async () => {
  const hub = testHub({
    methods: {
      async Sum(_call, items: AsyncIterable<number>) {
        let sum = 0;
        for await (const item of items) sum += item;
        return sum;
      },
      Add: (_call, a, b) => a + b,
    },
  });
  const client = await inMemory(hub);
  client.send(
    handshake,
    { type: 1, invocationId: '1', target: 'Sum', arguments: [], streamIds: ['s'] },
    { type: 1, invocationId: '2', target: 'Add', arguments: [1, 2] },
  );
  await client.until(2);
  client.send({ type: 2, invocationId: 's', item: 5 }, { type: 3, invocationId: 's' });
  expect(await client.until(3)).toEqual([
    '{}',
    '{"type":3,"invocationId":"2","result":3}',
    '{"type":3,"invocationId":"1","result":5}',
  ]);
});

test('throws into the method what the client says of its upload', async () => {
  const hub = testHub({
    methods: {
      async Sum(_call, items: AsyncIterable<number>) {
        for await (const item of items) void item;
      },
    },
  });
  const client = await inMemory(hub);
  client.send(
    handshake,
    { type: 1, invocationId: '1', target: 'Sum', arguments: [], streamIds: ['s'] },
    { type: 3, invocationId: 's', error: 'client broke' },
  );
  expect(JSON.parse((await client.until(2))[1]!).error).toBe(
    "An unexpected error occurred invoking 'Sum' on the server. HubException: client broke",
  );
});

test('forty streams of one client are no leak to Node', async () => {
  const warnings: string[] = [];
  const hear = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', hear);
  onTestFinished(() => void process.off('warning', hear));
  const hub = testHub({
    streams: {
      async *Wait() {
        yield 1;
        await new Promise(() => undefined);
      },
    },
  });
  const client = await inMemory(hub);
  const calls = Array.from({ length: 40 }, (_, index) => ({
    type: 4,
    invocationId: `${index}`,
    target: 'Wait',
    arguments: [],
  }));
  client.send(handshake, ...calls);
  await client.until(41);
  // Warnings are told in a turn of their own.
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

test('an iterator that throws when it is cancelled has been cancelled all the same', async () => {
  const hub = testHub({
    streams: {
      Sulk: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => undefined),
          return() {
            throw new Error('no');
          },
        }),
      }),
    },
  });
  const client = await inMemory(hub);
  const invoked = hub.waitFor('invoked');
  client.send(handshake, { type: 4, invocationId: '1', target: 'Sulk', arguments: [] });
  await invoked;
  // The hub takes the iterator a turn after it has told of the call.
  await new Promise((resolve) => setImmediate(resolve));
  client.send({ type: 5, invocationId: '1' });
  expect(await client.until(2)).toEqual(['{}', '{"type":3,"invocationId":"1"}']);
});
