import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import { done, failed, invoke, item, json, result, stream } from '../frames.ts';

export const uploads: readonly Behaviour[] = chapter('uploads', ({ raw, error, scene }) => {
  const went = (name: string): string => `An unexpected error occurred invoking '${name}' on the server.`;
  raw(
    'items go to the method, in order',
    [invoke('1', 'Sum', [10], ['s']), item('s', 1), item('s', 2), done('s')],
    [result('1', 13)],
  );
  raw('without items', [invoke('1', 'Sum', [10], ['s']), done('s')], [result('1', 10)]);
  raw(
    'two at once',
    [invoke('1', 'SumBoth', [], ['a', 'b']), item('b', 5), item('a', 1), done('b'), done('a')],
    [result('1', 6)],
  );
  raw(
    'a call with an upload does not hold back others',
    [invoke('1', 'Sum', [10], ['s']), invoke('2', 'Add', [1, 2]), item('s', 1), done('s')],
    [result('2', 3), result('1', 11)],
  );
  raw(
    'both ways at once',
    [stream('1', 'Double', [], ['s']), item('s', 1), item('s', 2), done('s')],
    [item('1', 2), item('1', 4), done('1')],
  );
  raw('a method that reads nothing answers at once', [invoke('1', 'TakeNone', [], ['s'])], [result('1', 1)]);
  raw('items of a stream that nobody knows are dropped', [item('nobody', 1)], []);
  raw('the end of a stream that nobody knows is dropped', [done('nobody')], []);
  raw(
    'items behind the end are dropped',
    async ({ send, link }) => {
      await send(invoke('1', 'Sum', [10], ['s']), done('s'));
      await link.until(2);
      await send(item('s', 1));
    },
    [result('1', 10)],
  );
  raw(
    'an upload that fails throws in the method',
    [invoke('1', 'Overhear', [], ['s']), item('s', 1), json({ type: 3, invocationId: 's', error: 'client broke' })],
    [failed('1', `${went('Overhear')} HubException: client broke`)],
  );
  error(
    'an upload that fails in a method that does not care',
    [invoke('1', 'Sum', [1], ['s']), json({ type: 3, invocationId: 's', error: 'client broke' })],
    '',
    () => [failed('1', `${went('Sum')} HubException: client broke`)],
  );
  scene(
    'the method hears of the client that died',
    async (bench) => {
      const link = await bench.link();
      await link.send(`${invoke('1', 'Overhear', [], ['s'])}\x1e${item('s', 1)}\x1e`);
      await bench.server.fact('heard', link.connectionId);
      link.kill();
      return (await bench.server.fact('uploadFailed', link.connectionId)).text;
    },
    'OperationCanceledException: The underlying connection was closed.',
    { on: ['WebSockets', 'ServerSentEvents'], port: 'WebSockets' },
  );
  error('no upload where one is wanted', [invoke('1', 'Sum', [10])], '', () => [
    failed('1', `${went('Sum')} HubException: Client sent 0 stream(s), Hub method expects 1.`),
  ]);
  error('two uploads where one is wanted', [invoke('1', 'Sum', [10], ['a', 'b'])], '', () => [
    failed('1', `${went('Sum')} HubException: Client sent 2 stream(s), Hub method expects 1.`),
  ]);
  error('an upload where none is wanted', [invoke('1', 'Add', [1, 2], ['s'])], '', () => [
    failed('1', `${went('Add')} HubException: Client sent 1 stream(s), Hub method expects 0.`),
  ]);
});
