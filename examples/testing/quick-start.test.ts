import { createHubClient } from '@org/hub-core';
import { createTestHub, HubException } from '@org/hub-testing';
import { expect, test } from 'vitest';

test('a client survives the loss of its connection', async () => {
  const hub = createTestHub({
    methods: {
      async Send(call, text: string) {
        if (text === '') throw new HubException('Say something.');
        await call.clients.all.send('MessageReceived', text);
      },
    },
  });
  // No port: the client gets its network from the hub. With one: const { url } = await hub.listen();
  const { url, fetch, WebSocket } = hub.inProcess();
  const client = createHubClient({ url, signalr: { fetch, WebSocket }, reconnect: { baseDelay: 10 }, logger: 'none' });
  const heard: unknown[] = [];
  client.on('MessageReceived', (text) => heard.push(text));
  await client.start();
  await client.invoke('Send', 'one');

  hub.drop(); // The socket dies without a Close frame, as when a train enters a tunnel.
  await hub.waitFor('connected');
  await client.invoke('Send', 'two');

  await expect(client.invoke('Send', '')).rejects.toThrow('Say something.');
  expect(heard).toEqual(['one', 'two']);
  await client.dispose();
  await hub.dispose();
});
