import { HttpTransportType, HubConnectionState, JsonHubProtocol, Subject } from '@microsoft/signalr';
import type { HubConnection } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { expect, onTestFinished, test } from 'vitest';
import { HubException } from '../src/index.ts';
import type { AnyHubContract, TestHub, TestHubOptions } from '../src/index.ts';
import { messagePackClient, signalrClient } from './support/clients.ts';
import { binaryClient, utf8 } from './support/binary.ts';
import { deferred, listeningHub, testHub } from './support/hub.ts';

const both = { protocols: [new JsonHubProtocol(), new MessagePackHubProtocol()] };

async function connected(
  options: TestHubOptions<AnyHubContract>,
): Promise<{ hub: TestHub<AnyHubContract>; url: string; client: HubConnection }> {
  const { hub, url } = await listeningHub({ ...both, ...options });
  const client = messagePackClient(url);
  onTestFinished(() => client.stop());
  return { hub, url, client };
}

test('invokes, sends and fails in MessagePack', async () => {
  const { hub, client } = await connected({
    methods: {
      Add: (_call, a, b) => a + b,
      Nothing: () => undefined,
      Fail: () => {
        throw new HubException('told');
      },
      Note: () => undefined,
    },
  });
  await client.start();
  expect(await client.invoke('Add', 1, 2)).toBe(3);
  expect(await client.invoke('Nothing')).toBeNull();
  await expect(client.invoke('Fail')).rejects.toThrow(
    "An unexpected error occurred invoking 'Fail' on the server. HubException: told",
  );
  await expect(client.invoke('Add', 1)).rejects.toThrow("Failed to invoke 'Add' due to an error on the server.");
  const sent = hub.waitFor('completed', ({ method }) => method === 'Note');
  await client.send('Note', { a: [1] });
  expect((await sent).args).toEqual([{ a: [1] }]);
});

test('keeps bytes, dates, null and large values', async () => {
  const { client } = await connected({ methods: { Echo: (_call, value) => value }, maximumReceiveMessageSize: null });
  await client.start();
  const values = [
    new Uint8Array([0, 1, 254, 255]),
    new Uint8Array(70_000).fill(7),
    new Date('2026-02-03T04:05:06.789Z'),
    null,
    'é'.repeat(300),
    -1.5,
    2 ** 40,
    { nested: [true, { bytes: new Uint8Array([30]) }] },
  ];
  for (const value of values) expect(await client.invoke('Echo', value)).toEqual(value);
  // MessagePack knows no undefined.
  expect(await client.invoke('Echo', undefined)).toBeNull();
});

test('streams both ways, and cancels', async () => {
  const ended = deferred();
  const { client } = await connected({
    methods: {
      async Sum(_call, start, items) {
        for await (const item of items) start += item;
        return start;
      },
    },
    streams: {
      async *Count(_call, upTo) {
        for (let i = 1; i <= upTo; i += 1) yield i;
      },
      async *Doubled(_call, items) {
        for await (const item of items) yield item * 2;
      },
      async *Endless(call) {
        try {
          yield 1;
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        } finally {
          ended.resolve();
        }
      },
    },
  });
  await client.start();
  const collect = (name: string, ...args: unknown[]): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      const items: unknown[] = [];
      client.stream(name, ...args).subscribe({
        next: (item) => items.push(item),
        error: reject,
        complete: () => resolve(items),
      });
    });
  expect(await collect('Count', 3)).toEqual([1, 2, 3]);

  const upload = new Subject<number>();
  const sum = client.invoke('Sum', 10, upload);
  for (const item of [1, 2, 3]) upload.next(item);
  upload.complete();
  expect(await sum).toBe(16);

  const through = new Subject<number>();
  const doubled = collect('Doubled', through);
  for (const item of [1, 2]) through.next(item);
  through.complete();
  expect(await doubled).toEqual([2, 4]);

  const first = deferred();
  const subscription = client
    .stream('Endless')
    .subscribe({ next: () => first.resolve(), error: () => undefined, complete: () => undefined });
  await first.promise;
  subscription.dispose();
  await ended.promise;
});

test('asks clients of either protocol, and tells them all at once', async () => {
  const { hub, url, client } = await connected({
    methods: { Ask: (call) => call.clients.caller.invoke('Question', 6) },
  });
  const plain = signalrClient(url);
  onTestFinished(() => plain.stop());
  const heard: unknown[] = [];
  const told = [deferred(), deferred()];
  for (const [index, each] of [client, plain].entries()) {
    each.on('Question', (n) => n * 7);
    each.on('Told', (...args) => {
      heard.push(args);
      told[index]!.resolve();
    });
    await each.start();
  }
  expect([await client.invoke('Ask'), await plain.invoke('Ask')]).toEqual([42, 42]);
  await hub.clients.all.send('Told', 'x', [1]);
  await Promise.all(told.map(({ promise }) => promise));
  expect(heard).toEqual([
    ['x', [1]],
    ['x', [1]],
  ]);
});

test('says in the Close why, and whether to come back', async () => {
  const { hub, client } = await connected({});
  const closed = deferred<Error | undefined>();
  client.onclose((error) => closed.resolve(error));
  await client.start();
  await hub.close({ error: 'over' });
  expect((await closed.promise)?.message).toBe('Server returned an error on close: over');

  const { hub: other, url } = await listeningHub(both);
  const loyal = messagePackClient(url, (builder) => builder.withAutomaticReconnect([0]));
  onTestFinished(() => loyal.stop());
  await loyal.start();
  const back = deferred();
  loyal.onreconnected(() => back.resolve());
  await other.close({ allowReconnect: true });
  await back.promise;
  expect(loyal.state).toBe(HubConnectionState.Connected);
});

const handshake = utf8('{"protocol":"messagepack","version":2}\x1e');
/** `[1, {}, "1", "Add", [1, 2]]` with its length. */
const add = new Uint8Array([0x0c, 0x95, 1, 0x80, 0xa1, 0x31, 0xa3, 0x41, 0x64, 0x64, 0x92, 1, 2]);
const methods = { Add: (_call: unknown, a: number, b: number) => a + b };
/** `[3, {}, "1", 3, 3]` */
const three = '07 95 03 80 a1 31 03 03';
const welcome = '7b 7d 1e';

test('answers the handshake in a binary frame, and takes messages behind it in any pieces', async () => {
  const client = await binaryClient(testHub({ ...both, methods }));
  client.send(new Uint8Array([...handshake, ...add, ...add.slice(0, 3)]));
  expect(await client.until(2)).toEqual([welcome, three]);
  client.send(add.slice(3, 12));
  client.send(new Uint8Array([...add.slice(12), ...add]));
  expect(await client.until(4)).toEqual([welcome, three, three, three]);
});

test('looks at bytes only: a frame may be marked as text or as binary', async () => {
  const binary = await binaryClient(testHub({ ...both, methods }));
  binary.send(new TextDecoder().decode(handshake));
  binary.send(add);
  expect(await binary.until(2)).toEqual([welcome, three]);
  const json = await binaryClient(testHub({ ...both, methods }));
  json.send(
    utf8('{"protocol":"json","version":1}\x1e{"type":1,"invocationId":"1","target":"Add","arguments":[1,2]}\x1e'),
  );
  expect(await json.until(2)).toEqual(['{}\x1e', '{"type":3,"invocationId":"1","result":3}\x1e']);
});

test('refuses a version of the future, and MessagePack where the hub does not speak it', async () => {
  const future = await binaryClient(testHub(both));
  future.send('{"protocol":"messagepack","version":3}\x1e');
  expect(await future.until(2)).toEqual([
    `{"error":"The server does not support version 3 of the 'messagepack' protocol."}\x1e`,
    'closed 1000',
  ]);
  const jsonOnly = await binaryClient(testHub());
  jsonOnly.send(handshake);
  expect(await jsonOnly.until(2)).toEqual([
    `{"error":"The protocol 'messagepack' is not supported."}\x1e`,
    'closed 1000',
  ]);
});

test.each([
  ['a text for a type', [0x91, 0xa1, 0x31], "Reading 'messageType' as Int32 failed."],
  ['no headers', [0x95, 1, 0xc0, 0xa0, 0xa1, 0x41, 0x90], "Reading map length for 'headers' failed."],
  ['a number for an id', [0x95, 1, 0x80, 7, 0xa1, 0x41, 0x90], "Reading 'invocationId' as String failed."],
  ['an empty target', [0x95, 1, 0x80, 0xa0, 0xa0, 0x90], 'Null or empty target for Invocation message.'],
  [
    'a stream without an id',
    [0x95, 4, 0x80, 0xa0, 0xa1, 0x41, 0x90],
    'Null or empty invocation ID for StreamInvocation message.',
  ],
  ['a strange result', [0x95, 3, 0x80, 0xa1, 0x31, 9, 1], 'Invalid invocation result kind.'],
])('closes on %s, and the client may come back', async (_what, payload, reason) => {
  const client = await binaryClient(testHub({ ...both, methods, enableDetailedErrors: true }));
  client.send(new Uint8Array([...handshake, payload.length, ...payload]));
  const [, close, closed] = await client.until(3);
  const bytes = Uint8Array.from(close!.split(' '), (byte) => Number.parseInt(byte, 16));
  expect(new MessagePackHubProtocol().parseMessages(bytes.buffer, null as never)).toEqual([
    {
      type: 7,
      error: `Connection closed with an error. InvalidDataException: ${reason}`,
      allowReconnect: true,
    },
  ]);
  expect(closed).toBe('closed 1000');
});

test('skips types of the future', async () => {
  const client = await binaryClient(testHub({ ...both, methods }));
  client.send(new Uint8Array([...handshake, 2, 0x91, 99, ...add]));
  expect(await client.until(2)).toEqual([welcome, three]);
});

test('closes on bytes that are no MessagePack, and on messages that are too long, also before their end', async () => {
  const broken = await binaryClient(testHub({ ...both, methods }));
  broken.send(new Uint8Array([...handshake, 1, 0xc1]));
  expect((await broken.until(3))[2]).toBe('closed 1000');
  const long = await binaryClient(testHub({ ...both, methods, maximumReceiveMessageSize: 100 }));
  long.send(handshake);
  await long.until(1);
  long.send(new Uint8Array([0xff, 0xff, 1, ...new Uint8Array(97)]));
  expect(long.log).toEqual([welcome]);
  long.send(new Uint8Array(1));
  expect((await long.until(3))[2]).toBe('closed 1000');
});

test('carries MessagePack over long polling, and says over server-sent events that it cannot', async () => {
  const { url } = await listeningHub({ ...both, methods: { Echo: (_call, value) => value } });
  const polling = messagePackClient(url, undefined, { transport: HttpTransportType.LongPolling });
  onTestFinished(() => polling.stop());
  await polling.start();
  expect(await polling.invoke('Echo', new Uint8Array([30, 0, 255]))).toEqual(new Uint8Array([30, 0, 255]));
  // SignalR's client does not even try: it is told by negotiate. So the handshake is sent by hand.
  const negotiation = await fetch(`${url}/negotiate?negotiateVersion=1`, { method: 'POST' });
  const { connectionToken } = (await negotiation.json()) as { connectionToken: string };
  const at = `${url}?id=${connectionToken}`;
  const events = await fetch(at, { headers: { Accept: 'text/event-stream' } });
  await fetch(at, { method: 'POST', body: '{"protocol":"messagepack","version":2}\x1e' });
  expect(await events.text()).toContain(
    `{"error":"Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' transfer format."}\x1e`,
  );
});
