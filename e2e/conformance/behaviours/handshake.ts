import { chapter } from '../behaviour.ts';
import type { Behaviour, Chapter } from '../behaviour.ts';
import { handshake, invoke, json, record, result, shaken } from '../frames.ts';
import { closed, recordSeparator } from '../links/raw-link.ts';
import type { Variant } from '../servers/server.ts';

export const handshakes: readonly Behaviour[] = chapter('handshake', (chapter) => {
  const { scene } = chapter;
  /** What a hub answers to these first chunks, until the answer to a call behind them or the end. */
  function answers(
    name: string,
    chunks: readonly string[],
    expected: readonly string[],
    variant: Variant = 'plain',
  ): void {
    scene(
      name,
      async (bench) => {
        const link = await bench.link({ variant, first: null });
        for (const chunk of chunks) await link.send(chunk);
        await link.until(expected.length);
        if (!link.ended) await link.send(record(invoke('last', 'Add', [1, 1])));
        await link.until(expected.length + 1);
        return bench.plain(link.received);
      },
      expected.at(-1) === closed ? expected : [...expected, result('last', 2)],
    );
  }
  const refused = (error: string): string[] => [json({ error }), closed];
  const unexpected = 'An unexpected error occurred during connection handshake.';
  function broken(name: string, chunk: string, details: string): void {
    answers(name, [chunk], refused(unexpected));
    answers(`${name}, in detail`, [chunk], refused(`${unexpected} ${details}`), 'detailed');
  }

  answers('is answered with an empty object', [record(handshake)], [shaken]);
  answers('may come in pieces', ['{"protocol":"js', 'on","version":1}', recordSeparator], [shaken]);
  answers('may bring the first call along', [record(handshake, invoke('1', 'Add', [1, 2]))], [shaken, result('1', 3)]);
  answers('unknown fields are skipped', [record(json({ protocol: 'json', version: 1, type: 1, more: {} }))], [shaken]);
  answers(
    'what comes behind it in its own record is skipped',
    [record(json({ protocol: 'json', version: 1 })) + record(json({ type: 6 }))],
    [shaken],
  );
  answers('version 0 is fine', [record(json({ protocol: 'json', version: 0 }))], [shaken]);
  answers('version 2 is fine', [record(json({ protocol: 'json', version: 2 }))], [shaken]);
  answers(
    'a version that is too new is refused',
    [record(json({ protocol: 'json', version: 9 }))],
    refused("The server does not support version 9 of the 'json' protocol."),
  );
  answers(
    'an unknown protocol is refused',
    [record(json({ protocol: 'nope', version: 1 }))],
    refused("The protocol 'nope' is not supported."),
  );
  answers(
    'MessagePack is refused where it is not installed',
    [record(json({ protocol: 'messagepack', version: 1 }))],
    refused("The protocol 'messagepack' is not supported."),
  );
  answers('protocols are found in any case', [record(json({ protocol: 'JSON', version: 1 }))], [shaken]);
  answers(
    'one that is too long is cancelled',
    [record(json({ protocol: 'x'.repeat(40_000), version: 1 }))],
    refused('Handshake was canceled.'),
  );
  answers('one that never comes is cancelled', [], refused('Handshake was canceled.'), 'hasty');
  answers('half of one is cancelled', ['{"protocol":'], refused('Handshake was canceled.'), 'hasty');
  broken(
    'an empty object',
    record('{}'),
    "InvalidDataException: Missing required property 'protocol'. Message content: {}",
  );
  broken(
    'no version',
    record(json({ protocol: 'json' })),
    'InvalidDataException: Missing required property \'version\'. Message content: {"protocol":"json"}',
  );
  broken('an array', record('[]'), "InvalidDataException: Unexpected JSON Token Type 'Array'. Expected a JSON Object.");
  broken('a number', record('7'), "InvalidDataException: Unexpected JSON Token Type 'Number'. Expected a JSON Object.");
  broken(
    'a version that is text',
    record(json({ protocol: 'json', version: '1' })),
    "InvalidDataException: Expected 'version' to be of type Number.",
  );
  broken(
    'a version that is null',
    record(json({ protocol: 'json', version: null })),
    'InvalidDataException: Missing required property \'version\'. Message content: {"protocol":"json","version":null}',
  );
  broken(
    'a version beyond 32 bits',
    record(json({ protocol: 'json', version: 99_999_999_999 })),
    'FormatException: Either the JSON value is not in a supported format, or is out of bounds for an Int32.',
  );
  broken(
    'a byte order mark',
    record(`\ufeff${json({ protocol: 'json', version: 1 })}`),
    "JsonReaderException: '0xEF' is an invalid start of a value. LineNumber: 0 | BytePositionInLine: 0.",
  );
  broken(
    'a protocol that is a number',
    record(json({ protocol: 1, version: 1 })),
    "InvalidDataException: Expected 'protocol' to be of type String.",
  );
  broken(
    'no JSON',
    record('garbage'),
    "JsonReaderException: 'g' is an invalid start of a value. LineNumber: 0 | BytePositionInLine: 0.",
  );
  broken(
    'nothing but the separator',
    record(''),
    'JsonReaderException: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true. LineNumber: 0 | BytePositionInLine: 0.',
  );
  connecting(chapter);
});

/** What `OnConnectedAsync` does to a client. */
function connecting({ raw, scene }: Chapter): void {
  raw('onConnected may speak first', [], ['{"type":1,"target":"Hello","arguments":["friend"]}'], {
    variant: 'greeting',
  });
  raw('onConnected throws', [], ['{"type":7,"error":"Connection closed with an error."}', closed], {
    variant: 'refusing',
  });
  raw(
    'onConnected throws, in detail',
    [],
    ['{"type":7,"error":"Connection closed with an error. InvalidOperationException: not today"}', closed],
    { variant: 'detailed-refusing' },
  );
  raw(
    'onConnected throws a HubException',
    [],
    ['{"type":7,"error":"Connection closed with an error. HubException: not you"}', closed],
    { variant: 'refusing-kindly' },
  );
  raw('onConnected aborts', [], ['{"type":7}', closed], { variant: 'aborting' });
  raw(
    'no call runs before onConnected has finished',
    async ({ send, fact, bench, link }) => {
      await fact('arriving');
      await send(invoke('1', 'Add', [1, 2]));
      await bench.server.open(link.connectionId);
    },
    [result('1', 3)],
    { variant: 'arriving' },
  );
  for (const [name, variant] of [
    ['throws', 'refusing'],
    ['aborts', 'aborting'],
  ] as const) {
    scene(
      `onDisconnected ${name === 'throws' ? 'does not run' : 'runs'} where onConnected ${name}`,
      async (bench) => {
        const link = await bench.link({ variant });
        await link.untilEnded();
        if (name === 'aborts') return (await bench.server.fact('disconnected', link.connectionId)).text;
        return bench.plain(link.received);
      },
      name === 'aborts' ? '' : [shaken, '{"type":7,"error":"Connection closed with an error."}', closed],
    );
  }
}
