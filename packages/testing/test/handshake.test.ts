import { expect, onTestFinished, test, vi } from 'vitest';
import { handshake, inMemory } from './support/clients.ts';
import { testHub } from './support/hub.ts';

const noDetails = '{"error":"An unexpected error occurred during connection handshake."}';

test.each([
  ['an unknown protocol', { protocol: 'nope', version: 1 }, `{"error":"The protocol 'nope' is not supported."}`],
  [
    'a version of the future',
    { protocol: 'json', version: 9 },
    `{"error":"The server does not support version 9 of the 'json' protocol."}`,
  ],
  ['a request without a protocol', {}, noDetails],
  ['a request without a version', { protocol: 'json' }, noDetails],
  ['a list', [], noDetails],
])('refuses %s with its reason, then closes', async (_what, request, answer) => {
  const client = await inMemory(testHub());
  client.send(request);
  expect(await client.until(2)).toEqual([answer, 'closed 1000']);
});

test('refuses what is no JSON, and says why where errors are detailed', async () => {
  const client = await inMemory(testHub({ enableDetailedErrors: true }));
  client.send({ protocol: 'json', version: 'one' });
  expect(await client.until(2)).toEqual([
    `{"error":"An unexpected error occurred during connection handshake. InvalidDataException: Expected 'version' to be of type Number."}`,
    'closed 1000',
  ]);
});

test.each([
  ['', 'JsonReaderException: The input does not contain any JSON tokens.'],
  ['garbage', "JsonReaderException: 'g' is an invalid start of a value. LineNumber: 0 | BytePositionInLine: 0."],
  ['[1]', "InvalidDataException: Unexpected JSON Token Type 'Array'. Expected a JSON Object."],
  ['{}', "InvalidDataException: Missing required property 'protocol'. Message content: {}"],
  ['{"protocol":null,"version":1}', "InvalidDataException: Expected 'protocol' to be of type String."],
  [
    '{"protocol":"json","version":1.5}',
    'FormatException: Either the JSON value is not in a supported format, or is out of bounds for an Int32.',
  ],
])('names the error of .NET for the handshake %j', async (record, reason) => {
  const client = await inMemory(testHub({ enableDetailedErrors: true }));
  client.sendRaw(`${record}\x1e`);
  const { error } = JSON.parse((await client.until(2))[0]!);
  expect(error.startsWith(`An unexpected error occurred during connection handshake. ${reason}`)).toBe(true);
});

test('waits for the end of a handshake as long as it may become one', async () => {
  const client = await inMemory(testHub());
  client.sendRaw('x'.repeat(32_768));
  client.sendRaw('x');
  expect(await client.until(2)).toEqual(['{"error":"Handshake was canceled."}', 'closed 1000']);
});

test('takes a handshake in pieces, and messages in the same frame', async () => {
  const client = await inMemory(testHub({ methods: { Add: (_call, a, b) => a + b } }));
  const text = JSON.stringify(handshake);
  client.sendRaw(text.slice(0, 10));
  client.sendRaw(
    `${text.slice(10)}\x1e{"type":1,"invocationId":"1","target":"Add","arguments":[1,2]}\x1e{"type":1,"inv`,
  );
  client.sendRaw('ocationId":"2","target":"add","arguments":[3,4]}\x1e');
  expect(await client.until(3)).toEqual([
    '{}',
    '{"type":3,"invocationId":"1","result":3}',
    '{"type":3,"invocationId":"2","result":7}',
  ]);
});

test('lists a client only after its handshake', async () => {
  const hub = testHub();
  const client = await inMemory(hub);
  const before = hub.connections().length;
  const connected = hub.waitFor('connected');
  client.send(handshake);
  await connected;
  expect([before, hub.connections().length]).toEqual([0, 1]);
});

test('a time-out of Infinity is none', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const client = await inMemory(testHub({ handshakeTimeout: Infinity }));
  await vi.advanceTimersByTimeAsync(3_600_000);
  client.send(handshake);
  expect(await client.until(1)).toEqual(['{}']);
});
