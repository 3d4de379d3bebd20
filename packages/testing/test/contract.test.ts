import { createServer } from 'node:http';
import type { IStreamResult } from '@microsoft/signalr';
import { test } from 'vitest';
import type { ChatHub } from '../../../examples/chat/contract.ts';
import { createTestHub } from '../src/index.ts';
import type { TestHub } from '../src/index.ts';

test('a contract written as an interface types methods, authorisation and pushes', () => {
  // Never run: the type check is the test.
  const hosts = (): TestHub<ChatHub> => {
    const hub = createTestHub<ChatHub>({
      methods: {
        async JoinRoom(call, room) {
          await call.groups.add(room);
        },
        Send: (call, room, text) =>
          call.clients.group(room).send('MessageReceived', {
            id: 1,
            room,
            userId: call.userId ?? '',
            name: call.user?.name ?? '',
            text,
            sentAt: 0,
            truncated: false,
          }),
        Online: () => [],
      },
      authorize: { Send: true, SendDirect: (call) => call.user !== null },
    });
    // @ts-expect-error no such client method
    void hub.clients.all.send('Nope');
    void hub.clients.user('alice').send('OnlineChanged', []);
    void hub.attach(createServer());
    return hub;
  };
  void hosts;
  const untyped = () =>
    createTestHub({ methods: { Add: (_call, a: number, b: number) => a + b }, streams: { *Count() {} } });
  void untyped;
});

test('a generated contract works as it is: what returns SignalR’s stream results is among the streams', () => {
  // As TypedSignalR.Client.TypeScript writes it.
  interface GeneratedHub {
    server: { join(userName: string): Promise<number>; countdown(from: number): IStreamResult<number> };
    client: { askName(reason: string): Promise<string> };
  }
  const hub = () =>
    createTestHub<GeneratedHub>({
      methods: {
        join: async (call, userName) => (await call.clients.caller.invoke('askName', userName)).length,
        // @ts-expect-error what streams is among the streams
        countdown: () => 1,
      },
      streams: {
        *countdown(_call, from) {
          for (let n = from; n > 0; n -= 1) yield n;
        },
      },
    });
  void hub;
});
