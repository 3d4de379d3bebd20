import { chapter } from '../behaviour.ts';
import type { Behaviour, Transport } from '../behaviour.ts';
import { close, failed, invoke, json, record, result, stream } from '../frames.ts';
import { closed } from '../links/raw-link.ts';

export const badInput: readonly Behaviour[] = chapter('bad input', ({ error, raw }) => {
  const broken = 'Connection closed with an error.';
  /** Data that costs the connection; the client may come back. */
  function costs(name: string, message: string, details: string, kind = 'InvalidDataException'): void {
    error(name, [message], ` ${kind}: ${details}`, (shown) => [close(broken + shown, true), closed]);
  }
  costs('no JSON', 'garbage', 'Error reading JSON.');
  costs('nothing but the separator', '', 'Error reading JSON.');
  costs('half of an object', '{"type":1', 'Error reading JSON.');
  costs('an array', '[]', "Unexpected JSON Token Type 'Array'. Expected a JSON Object.");
  costs('a string', '"x"', "Unexpected JSON Token Type 'String'. Expected a JSON Object.");
  costs('null', 'null', "Unexpected JSON Token Type 'Null'. Expected a JSON Object.");
  costs('true', 'true', "Unexpected JSON Token Type 'True'. Expected a JSON Object.");
  costs('no type', '{}', "Missing required property 'type'.");
  costs('a call without a target', json({ type: 1, arguments: [] }), "Missing required property 'target'.");
  costs(
    'a call without arguments',
    json({ type: 1, invocationId: '1', target: 'Add' }),
    "Missing required property 'arguments'.",
  );
  costs(
    'arguments that are no array',
    json({ type: 1, invocationId: '1', target: 'Add', arguments: {} }),
    "Expected 'arguments' to be of type Array.",
  );
  costs(
    'a target that is a number',
    json({ type: 1, target: 1, arguments: [] }),
    "Expected 'target' to be of type String.",
  );
  costs(
    'an id that is a number',
    json({ type: 1, invocationId: 1, target: 'Add', arguments: [1, 2] }),
    "Expected 'invocationId' to be of type String.",
  );
  costs(
    'an id that is null',
    json({ type: 1, invocationId: null, target: 'Add', arguments: [1, 2] }),
    "Expected 'invocationId' to be of type String.",
  );
  costs(
    'a target that is null',
    json({ type: 1, target: null, arguments: [] }),
    "Expected 'target' to be of type String.",
  );
  costs('an error that is null', json({ type: 7, error: null }), "Expected 'error' to be of type String.");
  costs('a type that is null', json({ type: null }), "Expected 'type' to be of type Number.");
  costs(
    'a stream without an id',
    json({ type: 4, target: 'Count', arguments: [1] }),
    "Missing required property 'invocationId'.",
  );
  costs(
    'a stream without a target',
    json({ type: 4, invocationId: '1', arguments: [1] }),
    "Missing required property 'target'.",
  );
  costs('a cancellation without an id', json({ type: 5 }), "Missing required property 'invocationId'.");
  costs('an item without an id', json({ type: 2, item: 1 }), "Missing required property 'invocationId'.");
  costs('a completion without an id', json({ type: 3 }), "Missing required property 'invocationId'.");
  costs(
    'a completion with result and error',
    json({ type: 3, invocationId: 'x', error: 'a', result: 1 }),
    "The 'error' and 'result' properties are mutually exclusive.",
  );
  costs(
    'an upload list that is no array',
    json({ type: 1, invocationId: '1', target: 'Add', arguments: [1, 2], streamIds: 'a' }),
    "Expected 'streamIds' to be of type Array.",
  );
  costs('an item that is missing', json({ type: 2, invocationId: 'x' }), "Missing required property 'item'.");
  costs(
    'a stream with an empty id',
    json({ type: 4, invocationId: '', target: 'Count', arguments: [1] }),
    "Missing required property 'invocationId'.",
  );
  costs(
    'a cancellation with an empty id',
    json({ type: 5, invocationId: '' }),
    "Missing required property 'invocationId'.",
  );
  costs('an acknowledgement of nothing', json({ type: 8 }), "Missing required property 'sequenceId'.");
  costs('a ping with a bad target', json({ type: 6, target: 1 }), "Expected 'target' to be of type String.");
  costs(
    'a ping with arguments that are no array',
    json({ type: 6, arguments: {} }),
    "Expected 'arguments' to be of type Array.",
  );
  costs(
    'a ping with a sequence that is text',
    json({ type: 6, sequenceId: 'x' }),
    "Expected 'sequenceId' to be of type Number.",
  );
  costs(
    'allowReconnect that is a number',
    json({ type: 7, allowReconnect: 1 }),
    "Expected 'allowReconnect' to be true or false.",
  );
  costs(
    'headers that are null',
    json({ type: 1, target: 'Add', arguments: [1, 2], headers: null }),
    "Expected 'headers' to be of type StartObject.",
  );
  costs(
    'a header that is a number',
    json({ type: 1, target: 'Add', arguments: [1, 2], headers: { a: 1 } }),
    "Expected header 'a' to be of type String.",
  );
  costs(
    'an upload whose id is a number',
    json({ type: 1, target: 'Add', arguments: [1, 2], streamIds: [1] }),
    "Cannot get the value of a token type 'Number' as a string.",
    'InvalidOperationException',
  );
  for (const type of [1.5, 99_999_999_999]) {
    costs(
      `the type ${type}`,
      json({ type }),
      'Either the JSON value is not in a supported format, or is out of bounds for an Int32.',
      'FormatException',
    );
  }
  costs('a byte order mark', `\ufeff${json({ type: 6 })}`, 'Error reading JSON.');
  for (const [name, type] of [
    ['a type that nobody knows', 99],
    ['type 0', 0],
  ] as const) {
    raw(
      `${name} is skipped where messages have no limit`,
      async ({ send, bench }) => {
        await send(json({ type }));
        // What comes in the same read waits for the next: two reads, then.
        await bench.settled();
      },
      [],
      { variant: 'unlimited' },
    );
    // The unread message stays at the head of the buffer: nothing behind it is served, until the limit is passed.
    raw(
      `${name} makes a hub with a limit deaf`,
      [json({ type }), invoke('1', 'Add', [1, 2]), 'x'.repeat(200)],
      [close(broken, true), closed],
      { variant: 'small' },
    );
  }
  error(
    'a type that is text',
    [json({ type: 'x' })],
    " InvalidDataException: Expected 'type' to be of type Number.",
    (shown) => [close(broken + shown, true), closed],
  );
  raw(
    'acknowledgements without stateful reconnect are skipped',
    [json({ type: 8, sequenceId: 1 }), json({ type: 9, sequenceId: 1 })],
    [],
  );
  raw(
    'calls before the bad one are answered',
    [record(invoke('1', 'Add', [1, 2])) + 'garbage'],
    [result('1', 3), close(broken, true), closed],
  );

  error(
    'an argument of the wrong type',
    [invoke('1', 'Add', ['x', 2])],
    ' InvalidDataException: Error binding arguments. Make sure that the types of the provided values match the types of the hub method being invoked.',
    (shown) => [failed('1', `Failed to invoke 'Add' due to an error on the server.${shown}`)],
  );
  error(
    'null for a number',
    [invoke('1', 'Add', [null, 2])],
    ' InvalidDataException: Error binding arguments. Make sure that the types of the provided values match the types of the hub method being invoked.',
    (shown) => [failed('1', `Failed to invoke 'Add' due to an error on the server.${shown}`)],
  );
  error(
    'a fraction for a whole number',
    [invoke('1', 'Add', [1.5, 2])],
    ' InvalidDataException: Error binding arguments. Make sure that the types of the provided values match the types of the hub method being invoked.',
    (shown) => [failed('1', `Failed to invoke 'Add' due to an error on the server.${shown}`)],
  );
  error(
    'an argument of the wrong type for a stream',
    [stream('1', 'Count', ['x'])],
    ' InvalidDataException: Error binding arguments. Make sure that the types of the provided values match the types of the hub method being invoked.',
    (shown) => [failed('1', `Failed to invoke 'Count' due to an error on the server.${shown}`)],
  );

  const size = (limit: number): string =>
    ` InvalidDataException: The maximum message size of ${limit}B was exceeded. The message size can be configured in AddHubOptions.`;
  const blank = (length: number): string =>
    invoke('1', 'Nope', ['x'.repeat(length - invoke('1', 'Nope', ['']).length)]);
  const nope = failed(
    '1',
    "Failed to invoke 'Nope' due to an error on the server. HubException: Method does not exist.",
  );
  error('more bytes than the hub takes', [blank(32_768)], size(32_768), (shown) => [
    close(broken + shown, true),
    closed,
  ]);
  raw('as many bytes as the hub takes', [blank(32_767)], [nope]);
  error(
    'more bytes than a small hub takes',
    [blank(201)],
    size(200),
    (shown) => [close(broken + shown, true), closed],
    { variant: 'small', detailed: 'detailed-small' },
  );
  raw('as many bytes as a small hub takes', [blank(199)], [nope], { variant: 'small' });
  raw('two messages may be more together', [record(blank(150)) + blank(150)], [nope, nope], { variant: 'small' });
  raw('bytes are counted, not characters', [invoke('1', 'Nope', ['ü'.repeat(100)])], [close(broken, true), closed], {
    variant: 'small',
  });
  raw(
    'a message without an end that is too long',
    async ({ link }) => void (await link.send('x'.repeat(300))),
    [close(broken, true), closed],
    { variant: 'small' },
  );
  raw('a hub without a limit takes all', [blank(100_000)], [nope], { variant: 'unlimited' });

  raw(
    'a message may come in pieces',
    async ({ link }) => {
      const text = record(invoke('1', 'Add', [1, 2]));
      await link.send(text.slice(0, 12));
      await link.send(text.slice(12));
    },
    [result('1', 3)],
  );
  raw(
    'a character may come in pieces',
    async ({ link }) => {
      const bytes = new TextEncoder().encode(record(invoke('1', 'Echo', ['ü'])));
      const middle = bytes.indexOf(0xc3) + 1;
      await link.send(bytes.slice(0, middle));
      await link.send(bytes.slice(middle));
    },
    [result('1', 'ü')],
  );
  raw(
    'binary frames are as good as text',
    async ({ link }) => void (await link.send(new TextEncoder().encode(record(invoke('1', 'Add', [1, 2]))))),
    [result('1', 3)],
  );
  const half: readonly Transport[] = ['WebSockets'];
  raw(
    'half a message before the socket closes is dropped',
    async ({ link }) => {
      await link.send(invoke('1', 'Add', [1, 2]));
      await link.close();
    },
    [closed],
    { on: half },
  );
  raw(
    'bytes that are no UTF-8 become the replacement character',
    async ({ link }) => {
      const bytes = new TextEncoder().encode(record(invoke('1', 'Echo', ['?'])));
      bytes[bytes.indexOf(0x3f)] = 0xff;
      await link.send(bytes);
    },
    [result('1', '\ufffd')],
  );
});
