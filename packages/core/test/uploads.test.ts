import { Subject } from '@microsoft/signalr';
import { createHubClient, type Subscribable } from '@org/hub-core';
import type { AnyHubContract, HubCall } from '@org/hub-testing';
import { expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { createClient, createDeferred, nextEvent, serve, until } from './hub.ts';

type Call = HubCall<AnyHubContract>;

async function sum(start: number, items: AsyncIterable<number>): Promise<number> {
  let total = start;
  for await (const item of items) total += item;
  return total;
}

/** A hub that takes streams, and tells how the last one came and ended. */
async function serveUploads() {
  const first = createDeferred<unknown>();
  const ended = createDeferred<string>();
  const served = await serve({
    methods: {
      Sum: (_: Call, start: number, items: AsyncIterable<number>) => sum(start, items),
      SumBoth: async (_: Call, a: AsyncIterable<number>, b: AsyncIterable<number>) => sum(await sum(0, a), b),
      Ignore: (_call: Call, _items: AsyncIterable<number>) => 'enough',
      async Watch(_: Call, items: AsyncIterable<number>) {
        try {
          for await (const item of items) first.resolve(item);
          ended.resolve('complete');
        } catch (error) {
          ended.resolve((error as Error).message);
          throw error;
        }
      },
    },
    streams: {
      async *Double(_: Call, items: AsyncIterable<number>) {
        for await (const item of items) yield item * 2;
      },
    },
  });
  const client = createClient(served.url);
  await client.hub.start();
  return { ...served, ...client, first: first.promise, ended: ended.promise };
}

async function* numbersTo(last: number) {
  for (let number = 1; number <= last; number++) yield number;
}

/** Yields 1, then waits; `left` resolves when it is not needed any more. */
function endless() {
  const left = createDeferred();
  let given = false;
  const items: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        if (given) return new Promise<never>(() => {});
        given = true;
        return Promise.resolve({ done: false, value: 1 });
      },
      return() {
        left.resolve();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  return { items, left: left.promise };
}

function rejections(): unknown[] {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return seen;
}

it('takes an AsyncIterable up, in order, among other arguments', async () => {
  const { hub } = await serveUploads();
  expect(await hub.invoke('Sum', 10, numbersTo(100))).toBe(5060);
  expect(await hub.invoke('Echo', 'others go on')).toBe('others go on');
});

it('takes two side by side', async () => {
  const { hub } = await serveUploads();
  expect(await hub.invoke('SumBoth', numbersTo(3), numbersTo(4))).toBe(16);
});

it('takes a Subject up, also what it says before there is a connection', async () => {
  const { server, hub } = await serveUploads();
  const lost = nextEvent(hub, 'reconnecting');
  server.drop();
  await lost;
  const subject = new Subject<number>();
  const result = hub.invoke('Sum', 0, subject);
  subject.next(1);
  subject.next(2);
  await until(hub, ({ gaps }) => gaps === 1);
  subject.next(3);
  subject.complete();
  expect(await result).toBe(6);
});

it('hears a Subject from the call on, also before the first connection', async () => {
  const { url } = await serveUploads();
  const { hub } = createClient(url);
  const started = hub.start();
  const subject = new Subject<number>();
  const result = hub.invoke('Sum', 0, subject);
  subject.next(1);
  await started;
  subject.next(2);
  subject.complete();
  expect(await result).toBe(3);
});

it('tells streams from data by their functions', async () => {
  const { hub } = await serveUploads();
  const data = [[1, 2], 'text', null, { subscribe: 'yes' }, new Uint8Array(2).join(), 0, false];
  for (const value of data) expect(await hub.invoke('Echo', value)).toEqual(value);
  const bytes = new ReadableStream<number>({
    start(controller) {
      controller.enqueue(1);
      controller.enqueue(2);
      controller.close();
    },
  });
  const observable = {
    subscribe(observer: { next(item: number): void; complete(): void }) {
      observer.next(3);
      observer.next(4);
      observer.complete();
    },
  };
  expect(await hub.invoke('SumBoth', bytes, observable)).toBe(10);
  expect(await hub.invoke('Sum', 0, hub.stream('Double', numbersTo(3)))).toBe(12);
});

it('keeps its place in the order of calls', async () => {
  const { hub, calls } = await serveUploads();
  const made = [hub.invoke('Echo', 1), hub.invoke('Ignore', numbersTo(1)), hub.invoke('Echo', 2)];
  await Promise.all(made);
  expect(calls().map((call) => call.split(' ')[0])).toEqual(['Echo', 'Ignore', 'Echo']);
});

it('says that somebody else reads the stream already, and lets go of the others', async () => {
  const { hub } = await serveUploads();
  const taken = new ReadableStream<number>();
  taken.getReader();
  const { items, left } = endless();
  const failed = { code: 'method-failed', message: expect.stringContaining('locked') as string };
  await expect(hub.invoke('SumBoth', items, taken)).rejects.toMatchObject(failed);
  await left;
  await expect(hub.stream('Double', taken)[Symbol.asyncIterator]().next()).rejects.toMatchObject(failed);
});

it('goes both ways at once', async () => {
  const { hub } = await serveUploads();
  const doubled: unknown[] = [];
  for await (const item of hub.stream('Double', numbersTo(3))) doubled.push(item);
  expect(doubled).toEqual([2, 4, 6]);
});

it('tells the hub method what went wrong', async () => {
  const { hub, ended } = await serveUploads();
  async function* broken() {
    yield 1;
    throw new Error('The camera is gone.');
  }
  await expect(hub.invoke('Watch', broken())).rejects.toMatchObject({ code: 'method-failed', sent: 'yes' });
  expect(await ended).toContain('The camera is gone.');
});

it('leaves the source when the method has answered', async () => {
  const { hub } = await serveUploads();
  const { items, left } = endless();
  expect(await hub.invoke('Ignore', items)).toBe('enough');
  await left;
});

it('ends on both sides when the call is aborted, or takes too long', async () => {
  const { hub, first, ended } = await serveUploads();
  const abort = new AbortController();
  const { items, left } = endless();
  const outcome = expect(hub.with({ signal: abort.signal }).invoke('Watch', items)).rejects.toMatchObject({
    code: 'aborted',
    sent: 'unknown',
  });
  await first;
  abort.abort();
  await outcome;
  await left;
  expect(await ended).toContain('It was cancelled.');
  const late = endless();
  await expect(hub.with({ timeout: 20 }).invoke('Sum', 0, late.items)).rejects.toMatchObject({
    code: 'timeout',
  });
  await late.left;
});

it('ends when the reader of what comes down leaves', async () => {
  const { hub } = await serveUploads();
  const { items, left } = endless();
  for await (const item of hub.stream('Double', items)) {
    expect(item).toBe(2);
    break;
  }
  await left;
});

it('ends with its connection, is not sent again, and rejects nothing that nobody can handle', async () => {
  const { server, hub, calls, first } = await serveUploads();
  const unhandled = rejections();
  const { items, left } = endless();
  const subject = new Subject<number>();
  const unsubscribed = createDeferred();
  const observable = { subscribe: () => ({ unsubscribe: unsubscribed.resolve }) };
  const uploads = [hub.invoke('Watch', items), hub.invoke('Sum', 0, subject)];
  const outcomes = [...uploads, hub.invoke('Sum', 1, observable)].map((call) =>
    expect(call).rejects.toMatchObject({ code: 'connection-lost', sent: 'unknown' }),
  );
  await first;
  server.drop();
  subject.next(1);
  await Promise.all(outcomes);
  await Promise.all([left, unsubscribed.promise]);
  subject.next(2);
  subject.complete();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(calls().map((call) => call.split(' ')[0])).toEqual(['Watch', 'Sum', 'Sum']);
  expect(unhandled).toEqual([]);
});

it('goes on behind a send(), and says so where it is cut short', async () => {
  const { server, url, first } = await serveUploads();
  const warnings: string[] = [];
  const { hub } = createClient(url, {
    logger: { log: (level, message) => void (level === 'warn' && warnings.push(message)) },
  });
  await hub.start();
  const { items, left } = endless();
  await hub.send('Watch', items);
  expect(await first).toBe(1);
  server.drop();
  await left;
  expect(warnings).toContain("The upload of 'Watch' ended early: The connection was lost.");
});

it('completes behind a send()', async () => {
  const { hub, ended } = await serveUploads();
  await hub.send('Watch', numbersTo(3));
  expect(await ended).toBe('complete');
});

it('lets go of a source whose call was never made', async () => {
  const { hub } = await serveUploads();
  await hub.stop();
  const { items, left } = endless();
  await expect(hub.invoke('Sum', 0, items)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  await left;
});

it('says why an item could not be sent', async () => {
  const { hub, ended } = await serveUploads();
  async function* unserialisable() {
    yield 1n;
  }
  await expect(hub.invoke('Watch', unserialisable())).rejects.toMatchObject({ code: 'method-failed' });
  expect(await ended).toContain('BigInt');
});

it('has its place in the contract', () => {
  type Stream<T> = AsyncIterable<T> | Subscribable<T>;
  interface Camera {
    server: {
      Record(name: string, frames: AsyncIterable<number>): Promise<string>;
      Mix(track: Subject<string>, marks?: AsyncIterable<number>): Promise<void>;
      Move(x: number, on: boolean, whatever: unknown): Promise<void>;
    };
    client: Record<never, never>;
    streams: { Watch(frames: AsyncIterable<Date> | null): string };
  }
  const hub = createHubClient<Camera>({ url: 'https://example.test/hub' });
  expectTypeOf(hub.invoke<'Record'>).parameters.toEqualTypeOf<['Record', string, Stream<number>]>();
  expectTypeOf(hub.send<'Mix'>).parameters.toEqualTypeOf<['Mix', Stream<string>, (Stream<number> | undefined)?]>();
  expectTypeOf(hub.send<'Move'>).parameters.toEqualTypeOf<['Move', number, boolean, unknown]>();
  expectTypeOf(hub.stream<'Watch'>).parameters.toEqualTypeOf<['Watch', Stream<Date> | null]>();
  const calls = (): unknown[] => [
    hub.invoke('Record', 'a', numbersTo(1)),
    hub.invoke('Record', 'a', new Subject<number>()),
    hub.invoke('Record', 'a', new ReadableStream<number>() as AsyncIterable<number>),
    hub.send('Mix', new Subject<string>(), hub.stream<'Watch'>('Watch', null) as never),
    // @ts-expect-error -- not a stream
    hub.invoke('Record', 'a', [1]),
    // @ts-expect-error -- a stream of something else
    hub.invoke('Record', 'a', new Subject<string>()),
  ];
  expect(calls).toBeTypeOf('function');
});
