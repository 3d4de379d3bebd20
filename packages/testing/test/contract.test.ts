import { createServer } from 'node:http';
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
