import { expect, onTestFinished, test } from 'vitest';
import { HubException } from '../src/index.ts';
import { handshake, inMemory, signalrClient } from './support/clients.ts';
import { deferred, listeningHub, testHub } from './support/hub.ts';

test('answers the client of SignalR with results, null for nothing, and finds methods in any case', async () => {
  const { hub, url } = await listeningHub({ methods: { Add: (_call, a, b) => a + b, Nothing: () => undefined } });
  const client = signalrClient(url);
  await client.start();
  const answers = [await client.invoke('Add', 1, 2), await client.invoke('ADD', 3, 4), await client.invoke('Nothing')];
  expect(answers).toEqual([3, 7, null]);
  expect(hub.connections().map(({ id }) => id)).toEqual([client.connectionId]);
  await client.stop();
});

test('sends the error texts of ASP.NET Core', async () => {
  const client = await inMemory(
    testHub({
      methods: {
        Throw: () => {
          throw new TypeError('secret');
        },
        Refuse: () => Promise.reject(new HubException('told')),
        Secret: () => 1,
        Add: (_call, a, b) => a + b,
        Exact: () => 1,
      },
      streams: { *Count() {} },
      authorize: { Secret: true },
      parameters: { Exact: 0 },
    }),
  );
  client.send(handshake);
  const calls = [
    [1, 'Nope', []],
    [1, 'constructor', []],
    [1, 'Throw', []],
    [1, 'Refuse', []],
    [1, 'Secret', []],
    [1, 'Add', [1]],
    [1, 'Exact', [1]],
    [1, 'Count', []],
    [4, 'Add', [1, 2]],
  ] as const;
  const errors: unknown[] = [];
  for (const [index, [type, target, args]] of calls.entries()) {
    client.send({ type, invocationId: `${index}`, target, arguments: args });
    errors.push(JSON.parse((await client.until(index + 2)).at(-1)!).error);
  }
  expect(errors).toEqual([
    "Failed to invoke 'Nope' due to an error on the server. HubException: Method does not exist.",
    "Failed to invoke 'constructor' due to an error on the server. HubException: Method does not exist.",
    "An unexpected error occurred invoking 'Throw' on the server.",
    "An unexpected error occurred invoking 'Refuse' on the server. HubException: told",
    "Failed to invoke 'Secret' because user is unauthorized",
    "Failed to invoke 'Add' due to an error on the server.",
    "Failed to invoke 'Exact' due to an error on the server.",
    "The client attempted to invoke the streaming 'Count' method with a non-streaming invocation.",
    "The client attempted to invoke the non-streaming 'Add' method with a streaming invocation.",
  ]);
});

test('tells the reason of every error where errors are detailed', async () => {
  const client = await inMemory(
    testHub({
      enableDetailedErrors: true,
      methods: {
        Throw: () => {
          throw new TypeError('not so secret');
        },
        Add: (_call, a, b) => a + b,
      },
    }),
  );
  client.send(
    handshake,
    { type: 1, invocationId: '1', target: 'Throw', arguments: [] },
    { type: 1, invocationId: '2', target: 'Add', arguments: [1] },
  );
  const [, ...answers] = await client.until(3);
  expect(answers.map((answer) => JSON.parse(answer).error)).toEqual([
    "An unexpected error occurred invoking 'Throw' on the server. TypeError: not so secret",
    "Failed to invoke 'Add' due to an error on the server. InvalidDataException: Invocation provides 1 argument(s) but target expects 2.",
  ]);
});

test('answers nothing to a send, and tells the test what became of it', async () => {
  const hub = testHub({ methods: { Throw: () => Promise.reject(new Error('for the test')) } });
  const client = await inMemory(hub);
  const completed = hub.waitFor('completed');
  client.send(handshake, { type: 1, target: 'Throw', arguments: [1] });
  expect(await completed).toMatchObject({
    method: 'Throw',
    args: [1],
    kind: 'send',
    error: "An unexpected error occurred invoking 'Throw' on the server.",
    cause: new Error('for the test'),
  });
  expect(client.log).toEqual(['{}']);
});

test('runs the invocations of one client one after the other', async () => {
  const first = deferred();
  const log: string[] = [];
  const hub = testHub({
    methods: {
      async Slow() {
        log.push('slow starts');
        await first.promise;
        log.push('slow ends');
      },
      Fast: () => void log.push('fast'),
    },
  });
  const [client, other] = [await inMemory(hub), await inMemory(hub)];
  const started = hub.waitFor('invoked');
  client.send(handshake, { type: 1, target: 'Slow', arguments: [] });
  await started;
  client.send({ type: 1, invocationId: '1', target: 'Fast', arguments: [] });
  other.send(handshake, { type: 1, invocationId: '1', target: 'Fast', arguments: [] });
  await other.until(2);
  first.resolve();
  await client.until(2);
  expect(log).toEqual(['slow starts', 'fast', 'slow ends', 'fast']);
});

test('lists every call that came in, also a refused one', async () => {
  const { hub, url } = await listeningHub({ methods: { Add: (_call, a, b) => a + b } });
  const client = signalrClient(url);
  await client.start();
  await client.invoke('Add', 1, 2);
  await client.invoke('Nope', 'x').catch(() => undefined);
  await client.send('Add', 3, 4);
  await client.invoke('Add', 5, 6);
  expect(hub.received().map(({ kind, method, args }) => [kind, method, args])).toEqual([
    ['invoke', 'Add', [1, 2]],
    ['invoke', 'Nope', ['x']],
    ['send', 'Add', [3, 4]],
    ['invoke', 'Add', [5, 6]],
  ]);
  await client.stop();
});

test('asks a client and hands its result to the method', async () => {
  const { url } = await listeningHub({
    methods: { AskMe: (call, question) => call.clients.caller.invoke('Question', question) },
  });
  const client = signalrClient(url);
  client.on('Question', (question: string) => `${question}!`);
  await client.start();
  expect(await client.invoke('AskMe', 'why')).toBe('why!');
  await client.stop();
});

test('rejects a question to a client that is gone or has no answer', async () => {
  const { hub, url } = await listeningHub();
  const client = signalrClient(url);
  await client.start();
  const asked = hub.clients.client(client.connectionId!).invoke('Question');
  await expect(asked).rejects.toThrow("Client didn't provide a result.");
  const gone = hub.waitFor('disconnected');
  await client.stop();
  const { client: left } = await gone;
  await expect(hub.clients.client(left.id).invoke('Question')).rejects.toThrow(
    `Connection '${left.id}' does not exist.`,
  );
});

test('answers also where something is thrown that is no error, or cannot become text', async () => {
  const things = ['text', undefined, null, Symbol('sign'), Object.create(null)];
  const client = await inMemory(
    testHub({
      enableDetailedErrors: true,
      methods: {
        Throw(_call, index) {
          throw things[index];
        },
      },
    }),
  );
  const calls = things.map((_thing, index) => ({
    type: 1,
    invocationId: `${index}`,
    target: 'Throw',
    arguments: [index],
  }));
  client.send(handshake, ...calls);
  const answers = (await client.until(1 + things.length)).slice(1);
  const text = "An unexpected error occurred invoking 'Throw' on the server.";
  expect(answers.map((answer) => (JSON.parse(answer) as { error: string }).error)).toEqual([
    `${text} Error: text`,
    text,
    `${text} Error: null`,
    `${text} Error: Symbol(sign)`,
    `${text} Error: object`,
  ]);
});

test('a client that goes away before a method looks for its answer does not end the process', async () => {
  const [asked, looking] = [deferred(), deferred()];
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', hear);
  onTestFinished(() => void process.off('unhandledRejection', hear));
  const hub = testHub({
    methods: {
      async Ask(call) {
        const answer = call.clients.caller.invoke('Question');
        asked.resolve();
        await looking.promise;
        return answer;
      },
    },
  });
  const completed = hub.waitFor('completed');
  (await inMemory(hub)).send(handshake, { type: 1, invocationId: '1', target: 'Ask', arguments: [] });
  await asked.promise;
  hub.drop();
  // Node tells of unhandled rejections once all promises have had their turn.
  await new Promise((resolve) => setImmediate(resolve));
  looking.resolve();
  expect([(await completed).cause, unhandled]).toEqual([expect.objectContaining({ name: 'IOException' }), []]);
});
