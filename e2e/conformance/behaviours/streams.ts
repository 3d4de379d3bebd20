import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import { cancel, done, failed, invoke, item, json, result, stream } from '../frames.ts';

export const streams: readonly Behaviour[] = chapter('streams', ({ raw, error, scene }) => {
  raw(
    'item after item, then the end',
    [stream('1', 'Count', [3])],
    [item('1', 0), item('1', 1), item('1', 2), done('1')],
  );
  raw('no items', [stream('1', 'Count', [0])], [done('1')]);
  raw(
    'ends when it is cancelled',
    async ({ send, link, fact, gate }) => {
      await send(stream('1', 'Drip', [gate]));
      await link.until(2);
      await send(cancel('1'));
      await fact('streamEnded');
    },
    [item('1', 0), done('1')],
  );
  scene(
    'the method is told that it was cancelled',
    async (bench) => {
      const link = await bench.link();
      await link.send(`${stream('1', 'Drip', [bench.unique('gate')])}\x1e`);
      await link.until(2);
      await link.send(`${cancel('1')}\x1e`);
      return (await bench.server.fact('streamEnded', link.connectionId)).text;
    },
    'cancelled',
  );
  scene(
    'the method is told that the client has died',
    async (bench) => {
      const link = await bench.link();
      await link.send(`${stream('1', 'Drip', [bench.unique('gate')])}\x1e`);
      await link.until(2);
      link.kill();
      return (await bench.server.fact('streamEnded', link.connectionId)).text;
    },
    'cancelled',
    { on: ['WebSockets', 'ServerSentEvents'], port: 'WebSockets' },
  );
  raw(
    'an id is free again after the end',
    async ({ send, link }) => {
      await send(stream('1', 'Count', [1]));
      await link.until(3);
      await send(stream('1', 'Count', [1]));
    },
    [item('1', 0), done('1'), item('1', 0), done('1')],
  );
  raw(
    'an id that is in use',
    async ({ send, link, open, gate }) => {
      await send(stream('1', 'Drip', [gate]));
      await link.until(2);
      await send(stream('1', 'Drip', [gate]));
      await link.until(3);
      await open();
    },
    [item('1', 0), failed('1', "Invocation ID '1' is already in use."), item('1', 1), done('1')],
  );
  raw(
    'a stream does not hold back calls',
    async ({ send, link, open, gate }) => {
      await send(stream('1', 'Drip', [gate]));
      await link.until(2);
      await send(invoke('2', 'Add', [1, 2]));
      await link.until(3);
      await open();
    },
    [item('1', 0), result('2', 3), item('1', 1), done('1')],
  );
  raw(
    'a call does not hold back streams',
    async ({ send, link, fact, open, gate }) => {
      await send(invoke('1', 'Wait', [gate]));
      await fact('waiting');
      await send(stream('2', 'Count', [1]));
      await link.until(3);
      await open();
    },
    [item('2', 0), done('2'), result('1', 'gate')],
  );
  const went = (name: string): string => `An unexpected error occurred invoking '${name}' on the server.`;
  const broke = 'An error occurred on the server while streaming results.';
  error('throws midway', [stream('1', 'Break')], ' InvalidOperationException: midway', (details) => [
    item('1', 1),
    failed('1', broke + details),
  ]);
  error('throws a HubException midway', [stream('1', 'BreakKindly')], '', () => [
    item('1', 1),
    failed('1', `${broke} HubException: midway`),
  ]);
  error('throws before it begins', [stream('1', 'BreakEarly')], ' InvalidOperationException: early', (details) => [
    failed('1', went('BreakEarly') + details),
  ]);
  error('throws a HubException before it begins', [stream('1', 'BreakEarlyKindly')], '', () => [
    failed('1', `${went('BreakEarlyKindly')} HubException: early`),
  ]);
  error('returns nothing to iterate', [stream('1', 'NoStream')], '', () => [
    failed(
      '1',
      "The value returned by the streaming method 'NoStream' is not a ChannelReader<> or IAsyncEnumerable<>.",
    ),
  ]);
  error('for members', [stream('1', 'MembersStream')], '', () => [
    failed('1', "Failed to invoke 'MembersStream' because user is unauthorized"),
  ]);
  error('a method that is streamed', [stream('1', 'Add', [1, 2])], '', () => [
    failed('1', "The client attempted to invoke the non-streaming 'Add' method with a streaming invocation."),
  ]);
  error('an unknown method', [stream('1', 'Nope')], '', () => [
    failed('1', "Failed to invoke 'Nope' due to an error on the server. HubException: Method does not exist."),
  ]);
  error(
    'too few arguments',
    [stream('1', 'Count')],
    ' InvalidDataException: Invocation provides 0 argument(s) but target expects 1.',
    (details) => [failed('1', `Failed to invoke 'Count' due to an error on the server.${details}`)],
  );
  raw(
    'an empty list of uploads is none',
    [json({ type: 4, invocationId: '1', target: 'Count', arguments: [1], streamIds: [] })],
    [item('1', 0), done('1')],
  );
});
