import { expect, test } from 'vitest';
import { JsonHubProtocol } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import type { ParameterType } from '../src/index.ts';
import { handshake, inMemory, messagePackClient } from './support/clients.ts';
import { listeningHub, testHub } from './support/hub.ts';

async function answerTo(
  declared: readonly ParameterType[],
  message: { arguments: unknown[]; streamIds?: string[]; type?: number },
): Promise<unknown> {
  const hub = testHub({
    methods: { Take: () => 'taken' },
    parameters: { Take: declared },
    enableDetailedErrors: true,
  });
  const client = await inMemory(hub);
  client.send(handshake, { type: 1, invocationId: '1', target: 'Take', ...message });
  const { result, error } = JSON.parse((await client.until(2))[1]!);
  return result ?? error;
}

const wrongType =
  "Failed to invoke 'Take' due to an error on the server. InvalidDataException: Error binding arguments. Make sure that the types of the provided values match the types of the hub method being invoked.";

test.each<[ParameterType, unknown[], unknown[]]>([
  ['integer', [1, -2], [1.5, 2 ** 31, '1', null, true, {}]],
  ['integer?', [1, null], [1.5, '1']],
  ['number', [1, 1.5], ['1', null, false]],
  ['number?', [1.5, null], ['1']],
  ['boolean', [true, false], ['true', 1, null]],
  ['boolean?', [true, null], ['true']],
  ['date', ['2026-02-03T04:05:06Z'], ['x', 5, null]],
  ['date?', ['2026-02-03', null], ['x']],
  ['string', ['x', '', null], [1, {}, []]],
  ['array', [[], ['x'], null], ['x', {}]],
  ['object', [{}, { x: 1 }, null], ['x', []]],
  ['any', [1, 'x', null, {}, []], []],
])('binds %s as the serializer of .NET does', async (type, good, bad) => {
  for (const value of good) expect(await answerTo([type], { arguments: [value] })).toBe('taken');
  for (const value of bad) expect(await answerTo([type], { arguments: [value] })).toBe(wrongType);
});

test('tells a missing upload from a missing argument', async () => {
  const declared = ['integer', 'stream'] as const;
  const unexpected = "An unexpected error occurred invoking 'Take' on the server. HubException:";
  const binding = "Failed to invoke 'Take' due to an error on the server. InvalidDataException:";
  expect(await answerTo(declared, { arguments: [1], streamIds: ['1'] })).toBe('taken');
  expect(await answerTo(declared, { arguments: [1] })).toBe(
    `${unexpected} Client sent 0 stream(s), Hub method expects 1.`,
  );
  expect(await answerTo(declared, { arguments: [1], streamIds: ['1', '2'] })).toBe(
    `${unexpected} Client sent 2 stream(s), Hub method expects 1.`,
  );
  expect(await answerTo(declared, { arguments: [], streamIds: ['1'] })).toBe(
    `${binding} Invocation provides 0 argument(s) but target expects 1.`,
  );
  expect(await answerTo(['integer'], { arguments: [1], streamIds: ['1'] })).toBe(
    `${unexpected} Client sent 1 stream(s), Hub method expects 0.`,
  );
});

test('names the argument in MessagePack, as its binder does', async () => {
  const { url } = await listeningHub({
    methods: { Take: () => 'taken' },
    parameters: { Take: ['string', 'integer'] },
    enableDetailedErrors: true,
    protocols: [new JsonHubProtocol(), new MessagePackHubProtocol()],
  });
  const client = messagePackClient(url);
  await client.start();
  await expect(client.invoke('Take', 'x', 'y')).rejects.toThrow('InvalidDataException: Error binding argument 2. Make');
  expect(await client.invoke('Take', 'x', 1)).toBe('taken');
  await client.stop();
});
