import type { AnyHubContract, HubCall } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { createClient, createDeferred, nextEvent, serve, until } from './hub.ts';

/** A hub with a finite stream, and one that goes on until it is cancelled and tells of that. */
async function serveStreams() {
  const cancelled = createDeferred<string>();
  const served = await serve({
    streams: {
      *Count(_: HubCall<AnyHubContract>, to: number) {
        for (let number = 1; number <= to; number++) yield number;
      },
      async *Ticks({ signal }: HubCall<AnyHubContract>) {
        signal.addEventListener('abort', () => cancelled.resolve('cancelled'));
        yield 'tick';
        await cancelled.promise;
      },
      // eslint-disable-next-line require-yield -- it fails before it has anything
      *Broken() {
        throw new Error('A secret of the server.');
      },
    },
  });
  return { ...served, cancelled: cancelled.promise };
}

async function read<T>(stream: AsyncIterable<T>, items: T[] = []): Promise<T[]> {
  for await (const item of stream) items.push(item);
  return items;
}

it('reads a stream to its end', async () => {
  const { url } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  expect(await read(hub.stream('Count', 3))).toEqual([1, 2, 3]);
});

it('keeps the items that come before the first read', async () => {
  const { url } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  const stream = hub.stream('Count', 3);
  await hub.invoke('Echo', 'all items are here');
  expect(await read(stream)).toEqual([1, 2, 3]);
});

it('cancels on the server when its reader leaves the loop', async () => {
  const { url, cancelled } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  for await (const item of hub.stream('Ticks')) {
    expect(item).toBe('tick');
    break;
  }
  expect(await cancelled).toBe('cancelled');
});

it('ends for its reader on cancel()', async () => {
  const { url, cancelled } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  const stream = hub.stream('Ticks');
  const items = read(stream);
  await hub.invoke('Echo', 'the first tick is here');
  stream.cancel();
  stream.cancel();
  expect([await items, await cancelled]).toEqual([['tick'], 'cancelled']);
});

it('ends with `aborted` when its signal says so', async () => {
  const { url, cancelled } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  const abort = new AbortController();
  const items = read(hub.with({ signal: abort.signal }).stream('Ticks'));
  const outcome = expect(items).rejects.toMatchObject({ code: 'aborted', method: 'Ticks' });
  await hub.invoke('Echo', 'it runs');
  abort.abort();
  await outcome;
  expect(await cancelled).toBe('cancelled');
});

it('ends with `connection-lost` when its connection does, and is not opened again', async () => {
  const { server, url, calls } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  const items: unknown[] = [];
  const reading = read(hub.stream('Ticks'), items);
  const outcome = expect(reading).rejects.toMatchObject({ code: 'connection-lost', method: 'Ticks' });
  await hub.invoke('Echo', 'it runs');
  server.drop();
  await outcome;
  await until(hub, ({ gaps }) => gaps === 1);
  expect([items, calls()]).toEqual([['tick'], ['Ticks', 'Echo it runs']]);
});

it('waits for a connection like any call', async () => {
  const { server, url } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  const lost = nextEvent(hub, 'reconnecting');
  server.drop();
  await lost;
  await expect(read(hub.with({ whenDisconnected: 'reject' }).stream('Count', 2))).rejects.toMatchObject({ sent: 'no' });
  expect(await read(hub.stream('Count', 2))).toEqual([1, 2]);
});

it('ends with what went wrong on the server', async () => {
  const { url } = await serveStreams();
  const { hub } = createClient(url);
  await expect(read(hub.stream('Count', 1))).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  await hub.start();
  await expect(read(hub.stream('Broken'))).rejects.toMatchObject({ code: 'method-failed', method: 'Broken' });
});

it('ends when the client is stopped', async () => {
  const { url } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  const outcome = expect(read(hub.stream('Ticks'))).rejects.toMatchObject({ name: 'HubError' });
  await hub.invoke('Echo', 'it runs');
  await hub.stop();
  await outcome;
});

it('ends when its argument cannot be serialised, and holds up nothing behind it', async () => {
  const { url } = await serveStreams();
  const { hub } = createClient(url);
  const started = hub.start();
  const outcome = expect(read(hub.stream('Count', 1n))).rejects.toMatchObject({ code: 'method-failed', sent: 'no' });
  expect(await read(hub.stream('Count', 2))).toEqual([1, 2]);
  await Promise.all([started, outcome]);
});

it('lets a reader go that waits for the next item', async () => {
  const { url, cancelled } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  const reader = hub.stream<string>('Ticks')[Symbol.asyncIterator]();
  expect(await reader.next()).toEqual({ done: false, value: 'tick' });
  const waiting = reader.next();
  await reader.return?.();
  expect([await waiting, await reader.next(), await cancelled]).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
    'cancelled',
  ]);
});

it('hands each item out once, in the order in which readers ask, and tells all of them of the end', async () => {
  const { url } = await serveStreams();
  const { hub } = createClient(url);
  const started = hub.start();
  const stream = hub.stream<number>('Count', 3);
  const readers = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()] as const;
  const reads = [0, 1, 0, 1, 0].map((reader) => readers[reader as 0 | 1].next());
  await started;
  expect((await Promise.all(reads)).map(({ value }) => value)).toEqual([1, 2, 3, undefined, undefined]);
});

it('is not limited in time: a time limit is for an answer', async () => {
  const { url, cancelled } = await serveStreams();
  const { hub } = createClient(url);
  await hub.start();
  const stream = hub.with({ timeout: 10 }).stream<string>('Ticks');
  const reader = stream[Symbol.asyncIterator]();
  expect((await reader.next()).value).toBe('tick');
  await expect(hub.with({ timeout: 30 }).invoke('Hold')).rejects.toMatchObject({ code: 'timeout' });
  stream.cancel();
  expect([(await reader.next()).done, await cancelled]).toEqual([true, 'cancelled']);
});
