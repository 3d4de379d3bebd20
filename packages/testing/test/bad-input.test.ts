import { expect, test } from 'vitest';
import { handshake, inMemory } from './support/clients.ts';
import { testHub } from './support/hub.ts';

const add = { Add: (_call: unknown, a: number, b: number) => a + b };

test.each([
  ['no JSON', 'garbage', 'Error reading JSON.'],
  ['an empty record', '', 'Error reading JSON.'],
  ['a list', '[]', "Unexpected JSON Token Type 'Array'. Expected a JSON Object."],
  ['no type', '{}', "Missing required property 'type'."],
  ['no target', '{"type":1,"arguments":[]}', "Missing required property 'target'."],
  ['no arguments', '{"type":1,"target":"Add"}', "Missing required property 'arguments'."],
  [
    'arguments that are no list',
    '{"type":1,"target":"Add","arguments":{}}',
    "Expected 'arguments' to be of type Array.",
  ],
  [
    'a number as id',
    '{"type":1,"invocationId":1,"target":"Add","arguments":[]}',
    "Expected 'invocationId' to be of type String.",
  ],
  ['a stream without an id', '{"type":4,"target":"Add","arguments":[]}', "Missing required property 'invocationId'."],
  [
    'a completion that says both',
    '{"type":3,"invocationId":"1","error":"no","result":1}',
    "The 'error' and 'result' properties are mutually exclusive.",
  ],
])('closes on %s, and the client may come back', async (_what, record, reason) => {
  const plain = await inMemory(testHub({ methods: add }));
  const detailed = await inMemory(testHub({ methods: add, enableDetailedErrors: true }));
  for (const client of [plain, detailed]) {
    client.send(handshake);
    client.sendRaw(`${record}\x1e`);
  }
  expect(await plain.until(3)).toEqual([
    '{}',
    '{"type":7,"error":"Connection closed with an error.","allowReconnect":true}',
    'closed 1000',
  ]);
  expect(JSON.parse((await detailed.until(3))[1]!)).toEqual({
    type: 7,
    error: `Connection closed with an error. InvalidDataException: ${reason}`,
    allowReconnect: true,
  });
});

test('closes on a message that is too long, also before its end has come', async () => {
  const client = await inMemory(testHub({ enableDetailedErrors: true }));
  client.send(handshake);
  await client.until(1);
  client.sendRaw('é'.repeat(16_385));
  expect(JSON.parse((await client.until(3))[1]!)).toEqual({
    type: 7,
    error:
      'Connection closed with an error. InvalidDataException: The maximum message size of 32768B was exceeded. The message size can be configured in AddHubOptions.',
    allowReconnect: true,
  });
});

test('counts the separator of a record', async () => {
  const options = { methods: { Length: (_call: unknown, text: string) => text.length } };
  const message = (size: number): string => {
    const head = '{"type":1,"invocationId":"1","target":"Length","arguments":["';
    return `${head}${'x'.repeat(size - head.length - 4)}"]}\x1e`;
  };
  const fits = await inMemory(testHub(options));
  fits.send(handshake);
  fits.sendRaw(message(32_768));
  expect((await fits.until(2))[1]).toBe('{"type":3,"invocationId":"1","result":32703}');
  const exceeds = await inMemory(testHub(options));
  exceeds.send(handshake);
  exceeds.sendRaw(message(32_769));
  expect((await exceeds.until(3))[2]).toBe('closed 1000');
});

test('serves what came before a broken message', async () => {
  const client = await inMemory(testHub({ methods: add }));
  client.send(handshake, { type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] }, { type: 6 }, [] as object);
  expect((await client.until(3))[1]).toBe('{"type":3,"invocationId":"1","result":3}');
});

test('skips types of the future where messages have no limit, and is deaf from then on where they have', async () => {
  const unlimited = await inMemory(testHub({ methods: add, maximumReceiveMessageSize: null }));
  unlimited.send(handshake, { type: 99 });
  // What comes in the same read would wait for this one.
  unlimited.send({ type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] });
  const limited = await inMemory(testHub({ methods: add, maximumReceiveMessageSize: 100 }));
  limited.send(handshake, { type: 99 }, { type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] }, { type: 6 });
  limited.send({ type: 1, target: 'Add', arguments: [1, 2] });
  expect([await unlimited.until(2), await limited.until(3)]).toEqual([
    ['{}', '{"type":3,"invocationId":"1","result":3}'],
    ['{}', '{"type":7,"error":"Connection closed with an error.","allowReconnect":true}', 'closed 1000'],
  ]);
});

test('skips cancellations and items of streams that it does not know', async () => {
  const client = await inMemory(testHub({ methods: add }));
  client.send(
    handshake,
    { type: 5, invocationId: '7' },
    { type: 2, invocationId: '7', item: 1 },
    { type: 3, invocationId: '7' },
    { type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] },
  );
  expect(await client.until(2)).toEqual(['{}', '{"type":3,"invocationId":"1","result":3}']);
});

test('loses the connection, not the process, over a result that cannot be written', async () => {
  const client = await inMemory(testHub({ methods: { Count: () => 1n } }));
  client.send(handshake, { type: 1, invocationId: '1', target: 'Count', arguments: [] });
  expect(await client.until(3)).toEqual([
    '{}',
    '{"type":7,"error":"Connection closed with an error.","allowReconnect":true}',
    'closed 1000',
  ]);
});

test.each(['', 'http://[', '/\\[', '//'])('a request for %j is answered, too', async (url) => {
  const answer = await testHub().handleRequest({ method: 'PUT', url });
  expect(answer?.status).toBe(405);
});
