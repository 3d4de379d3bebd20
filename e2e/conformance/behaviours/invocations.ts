import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import { cancel, failed, invoke, json, ping, result, tell } from '../frames.ts';
import { closed } from '../links/raw-link.ts';

export const invocations: readonly Behaviour[] = chapter('invocations', ({ raw, error }) => {
  raw('answers a call', [invoke('1', 'Add', [1, 2])], [result('1', 3)]);
  raw('finds methods in any case', [invoke('1', 'aDD', [1, 2])], [result('1', 3)]);
  raw('a call without an id gets no answer', [tell('Add', [1, 2])], []);
  raw('a method without a result answers null', [invoke('1', 'Nothing')], [result('1', null)]);
  raw('null is a result', [invoke('1', 'Null')], [result('1', null)]);
  raw(
    'any JSON comes back',
    [invoke('1', 'Echo', [{ a: [1, null, 'ü', true, 1.5] }])],
    [result('1', { a: [1, null, 'ü', true, 1.5] })],
  );
  raw(
    'an object is read by its fields',
    [invoke('1', 'Describe', [{ name: 'Ann', age: 7, more: true }]), invoke('2', 'Describe', [{ name: 'Bob' }])],
    [result('1', { name: 'Ann', age: 7 }), result('2', { name: 'Bob', age: null })],
  );
  raw('an id is any text', [invoke('⚑ 1', 'Add', [1, 2])], [result('⚑ 1', 3)]);
  raw('an empty id is none: no answer', [invoke('', 'Add', [1, 2])], []);
  raw(
    'headers are skipped',
    [json({ type: 1, headers: { a: 'b' }, invocationId: '1', target: 'Add', arguments: [1, 2] })],
    [result('1', 3)],
  );
  raw(
    'fields may come in any order',
    ['{"arguments":[1,2],"target":"Add","invocationId":"1","type":1}'],
    [result('1', 3)],
  );
  raw(
    'the type may come last',
    ['{"target":"Nope","invocationId":"1","arguments":[1,[2],{"x":1}],"type":1}'],
    [failed('1', "Failed to invoke 'Nope' due to an error on the server. HubException: Method does not exist.")],
  );
  raw(
    'several calls in one go',
    [`${invoke('1', 'Add', [1, 2])}\x1e${invoke('2', 'Add', [2, 2])}`],
    [result('1', 3), result('2', 4)],
  );
  raw(
    'items live as long as the connection',
    [invoke('1', 'Remember', [5]), invoke('2', 'Remember', [6])],
    [result('1', 0), result('2', 5)],
  );
  raw('a method may have another name', [invoke('1', 'Renamed')], [result('1', 1)]);

  raw(
    'calls run one after the other',
    async ({ send, fact, open, gate }) => {
      await send(invoke('1', 'Wait', [gate]), invoke('2', 'Add', [1, 2]));
      await fact('waiting');
      await open();
    },
    [result('1', 'gate'), result('2', 3)],
  );
  raw(
    'a call without an answer holds back the next, too',
    async ({ send, fact, open, gate }) => {
      await send(tell('Wait', [gate]), invoke('2', 'Add', [1, 2]));
      await fact('waiting');
      await open();
    },
    [result('2', 3)],
  );
  raw(
    'as many calls as the hub allows run at once',
    async ({ send, fact, open, gate, link }) => {
      await send(invoke('1', 'Wait', [gate]));
      await fact('waiting');
      await send(invoke('2', 'Add', [1, 2]));
      await link.until(2);
      await open();
    },
    [result('2', 3), result('1', 'gate')],
    { variant: 'parallel' },
  );
  raw(
    'a call cannot be cancelled',
    async ({ send, fact, open, gate }) => {
      await send(invoke('1', 'Wait', [gate]));
      await fact('waiting');
      await send(cancel('1'));
      await open();
    },
    [result('1', 'gate')],
  );
  raw('cancelling what is unknown is nothing', [cancel('99')], []);
  raw('a ping is not answered', [ping], []);

  const does = (name: string): string => `Failed to invoke '${name}' due to an error on the server.`;
  const went = (name: string): string => `An unexpected error occurred invoking '${name}' on the server.`;
  error(
    'a result that cannot be written',
    [invoke('1', 'Unwritable')],
    ' InvalidOperationException: unwritable',
    (details) => [json({ type: 7, error: `Connection closed with an error.${details}`, allowReconnect: true }), closed],
  );
  error('an unknown method', [invoke('1', 'Nope')], '', () => [
    failed('1', `${does('Nope')} HubException: Method does not exist.`),
  ]);
  error('an empty name', [invoke('1', '')], '', () => [
    failed('1', `${does('')} HubException: Method does not exist.`),
  ]);
  raw(
    'the name that was given replaces that of the method',
    [invoke('1', 'Original')],
    [failed('1', `${does('Original')} HubException: Method does not exist.`)],
  );
  raw(
    'no client calls the methods of Hub itself',
    [invoke('1', 'OnConnectedAsync'), invoke('2', 'Dispose')],
    ['OnConnectedAsync', 'Dispose'].map((name, index) =>
      failed(String(index + 1), `${does(name)} HubException: Method does not exist.`),
    ),
  );
  raw(
    'names are matched as they come, blanks and all',
    [invoke('1', 'Add ')],
    [failed('1', `${does('Add ')} HubException: Method does not exist.`)],
  );
  raw('an unknown method without an id gets no answer', [tell('Nope')], []);
  error(
    'too few arguments',
    [invoke('1', 'Add', [1])],
    ' InvalidDataException: Invocation provides 1 argument(s) but target expects 2.',
    (details) => [failed('1', does('Add') + details)],
  );
  error(
    'too many arguments',
    [invoke('1', 'Add', [1, 2, 3])],
    ' InvalidDataException: Invocation provides 3 argument(s) but target expects 2.',
    (details) => [failed('1', does('Add') + details)],
  );
  error(
    'arguments where none are wanted',
    [invoke('1', 'Nothing', [1])],
    ' InvalidDataException: Invocation provides 1 argument(s) but target expects 0.',
    (details) => [failed('1', does('Nothing') + details)],
  );
  raw('too few arguments without an id get no answer', [tell('Add', [1])], []);
  error('the method throws', [invoke('1', 'Fail')], ' InvalidOperationException: secret', (details) => [
    failed('1', went('Fail') + details),
  ]);
  error('the method rejects', [invoke('1', 'FailLater')], ' InvalidOperationException: secret', (details) => [
    failed('1', went('FailLater') + details),
  ]);
  error('the method throws a HubException', [invoke('1', 'FailKindly')], '', () => [
    failed('1', `${went('FailKindly')} HubException: told`),
  ]);
  raw('a method that throws without an id says nothing', [tell('FailKindly'), tell('Fail')], []);
  raw(
    'the next call is served after one that threw',
    [invoke('1', 'Fail'), invoke('2', 'Add', [1, 2])],
    [failed('1', went('Fail')), result('2', 3)],
  );
  error('a method for members', [invoke('1', 'Members')], '', () => [
    failed('1', "Failed to invoke 'Members' because user is unauthorized"),
  ]);
  error('a method for a role', [invoke('1', 'Staff')], '', () => [
    failed('1', "Failed to invoke 'Staff' because user is unauthorized"),
  ]);
  raw('a method for members without an id says nothing', [tell('Members')], []);
  raw('arguments are looked at before the user', [invoke('1', 'Members', [1])], [failed('1', does('Members'))]);
  error('a stream that is invoked', [invoke('1', 'Count', [3])], '', () => [
    failed('1', "The client attempted to invoke the streaming 'Count' method with a non-streaming invocation."),
  ]);
});
