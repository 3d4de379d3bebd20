import { JsonHubProtocol, MessageType } from '@microsoft/signalr';
import type { HubMessage } from '@microsoft/signalr';
import { expect, onTestFinished, test, vi } from 'vitest';
import { HubException } from '../src/index.ts';
import type { AnyHubContract, TestHubOptions } from '../src/index.ts';
import { handshake, inMemory, rawSocket } from './support/clients.ts';
import { deferred, listeningHub, testHub } from './support/hub.ts';

/** A hub whose `onDisconnected` takes as long as the test wants. */
function slowToDisconnect(log: string[]): { options: TestHubOptions<AnyHubContract>; finish(): void } {
  const finishing = deferred();
  return {
    finish: () => finishing.resolve(),
    options: {
      async onDisconnected(_call, error) {
        log.push(`onDisconnected ${error ?? 'well'}`);
        await finishing.promise;
        log.push('onDisconnected ends');
      },
    },
  };
}

test('answers Close at once and closes the socket only after onDisconnected', async () => {
  const log: string[] = [];
  const { options, finish } = slowToDisconnect(log);
  const { url } = await listeningHub(options);
  const client = await rawSocket(url);
  client.send(handshake);
  await client.until(1);
  client.send({ type: 7 });
  expect(await client.until(2)).toEqual(['{}', '{"type":7}']);
  client.socket.on('close', () => log.push('closed'));
  finish();
  await client.until(3);
  expect(log).toEqual(['onDisconnected well', 'onDisconnected ends', 'closed']);
  expect(client.log[2]).toBe('closed 1000');
});

test('answers a socket that the client closes before onDisconnected has run', async () => {
  const log: string[] = [];
  const { options, finish } = slowToDisconnect(log);
  const { hub, url } = await listeningHub(options);
  const client = await rawSocket(url);
  const [connected, disconnected] = [hub.waitFor('connected'), hub.waitFor('disconnected')];
  client.send(handshake);
  await connected;
  client.socket.close(4001);
  expect((await client.until(2))[1]).toBe('closed 1000');
  expect(log).not.toContain('onDisconnected ends');
  finish();
  await disconnected;
  expect(log).toEqual(['onDisconnected well', 'onDisconnected ends']);
});

test('does nothing more for a client that has said Close', async () => {
  const running = deferred<number>();
  const hub = testHub({ methods: { Slow: () => running.promise, Never: () => 1 } });
  const client = await inMemory(hub);
  client.send(handshake, { type: 1, invocationId: '1', target: 'Slow', arguments: [] }, { type: 7 });
  client.send({ type: 1, invocationId: '2', target: 'Never', arguments: [] });
  await client.until(3);
  const completed = hub.waitFor('completed');
  running.resolve(1);
  await completed;
  expect(client.log).toEqual(['{}', '{"type":7}', 'closed 1000']);
});

test('hands the error in a client’s Close to onDisconnected', async () => {
  const log: string[] = [];
  const { options, finish } = slowToDisconnect(log);
  finish();
  const client = await inMemory(testHub(options));
  client.send(handshake, { type: 7, error: 'mine' });
  await client.until(3);
  expect(log[0]).toBe('onDisconnected HubException: mine');
});

test.each([
  [new HubException('no way'), 'Connection closed with an error. HubException: no way'],
  [new Error('secret'), 'Connection closed with an error.'],
])('closes with an error, for good, when onConnected throws %s', async (thrown, error) => {
  const log: string[] = [];
  const client = await inMemory(
    testHub({
      onConnected: () => Promise.reject(thrown),
      onDisconnected: () => void log.push('onDisconnected'),
    }),
  );
  client.send(handshake);
  expect(await client.until(3)).toEqual(['{}', JSON.stringify({ type: 7, error }), 'closed 1000']);
  expect(log).toEqual([]);
});

test('waits with the first invocation until onConnected has finished', async () => {
  const arriving = deferred();
  const client = await inMemory(
    testHub({
      async onConnected(call) {
        await arriving.promise;
        await call.clients.caller.send('Welcome', call.connectionId.length);
      },
      methods: { Ping: () => 'pong' },
    }),
  );
  client.send(handshake, { type: 1, invocationId: '1', target: 'Ping', arguments: [] });
  await client.until(1);
  arriving.resolve();
  expect(await client.until(3)).toEqual([
    '{}',
    '{"type":1,"target":"Welcome","arguments":[22]}',
    '{"type":3,"invocationId":"1","result":"pong"}',
  ]);
});

test('abort() says Close without reconnect, and the method’s result is lost', async () => {
  const client = await inMemory(testHub({ methods: { Leave: (call) => call.abort() } }));
  client.send(handshake, { type: 1, invocationId: '1', target: 'Leave', arguments: [] });
  expect(await client.until(3)).toEqual(['{}', '{"type":7}', 'closed 1000']);
});

test('drop() in a method kills the socket without a word', async () => {
  const { url } = await listeningHub({ methods: { Drop: (call) => call.drop() } });
  const client = await rawSocket(url);
  client.send(handshake, { type: 1, invocationId: '1', target: 'Drop', arguments: [] });
  expect(await client.until(2)).toEqual(['{}', 'closed 1006']);
});

test('tells a method at once that its caller has gone, and runs nothing that was waiting behind it', async () => {
  const log: string[] = [];
  const gone = deferred();
  const hub = testHub({
    methods: {
      async Wait(call) {
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        gone.resolve(void log.push('aborted'));
      },
      Next: () => void log.push('next'),
    },
  });
  const client = await inMemory(hub);
  const [started, disconnected] = [hub.waitFor('invoked'), hub.waitFor('disconnected')];
  client.send(handshake, { type: 1, target: 'Wait', arguments: [] }, { type: 1, target: 'Next', arguments: [] });
  await started;
  client.close();
  await Promise.all([gone.promise, disconnected]);
  expect([log, hub.connections()]).toEqual([['aborted'], []]);
});

test('dispose() does not wait for an onConnected that never ends', async () => {
  const hub = testHub({ onConnected: () => new Promise(() => undefined) });
  const client = await inMemory(hub);
  client.send(handshake);
  await client.until(1);
  await hub.dispose();
  expect(client.log).toEqual(['{}', 'closed 1006']);
});

test('answers a method that waits for nothing before the Close behind it', async () => {
  const client = await inMemory(testHub({ methods: { Add: async (_call, a, b) => a + b } }));
  client.send(handshake, { type: 1, invocationId: '1', target: 'Add', arguments: [1, 2] }, { type: 7 });
  expect(await client.until(4)).toEqual([
    '{}',
    '{"type":3,"invocationId":"1","result":3}',
    '{"type":7}',
    'closed 1000',
  ]);
});

test('a delay longer than the patience of the hub does not cost its Close', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const hub = testHub();
  const client = await inMemory(hub);
  client.send(handshake);
  await client.until(1);
  hub.delay(6_000);
  void hub.close();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(client.log).toEqual(['{}', '{"type":7}', 'closed 1000']);
});

test('a frozen hub closes no socket, however long it is frozen', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const hub = testHub();
  const client = await inMemory(hub);
  client.send(handshake);
  await client.until(1);
  hub.freeze();
  void hub.close();
  await vi.advanceTimersByTimeAsync(60_000);
  const frozen = [...client.log];
  hub.thaw();
  expect([frozen, client.log]).toEqual([['{}'], ['{}', '{"type":7}', 'closed 1000']]);
});

test('a protocol that cannot write a Close does not keep a connection from ending', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue();
  onTestFinished(() => told.mockRestore());
  class Mute extends JsonHubProtocol {
    override writeMessage(message: HubMessage): string {
      if (message.type === MessageType.Close) throw new Error('no Close');
      return super.writeMessage(message);
    }
  }
  const log: string[] = [];
  const hub = testHub({ protocols: [new Mute()], onDisconnected: () => void log.push('onDisconnected') });
  const client = await inMemory(hub);
  client.send(handshake);
  await client.until(1);
  await hub.close();
  expect([client.log, log, told.mock.calls.length]).toEqual([['{}', 'closed 1000'], ['onDisconnected'], 1]);
});
