import { setTimeout as sleep } from 'node:timers/promises';
import { tokenFrom } from '@org/hub-core';
import { createTestTokens } from '@org/hub-testing';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, createDeferred, serve } from './hub.ts';

const tokens = createTestTokens();
const auth = tokenFrom(() => tokens.issue({ sub: 'ann', expiresIn: 60 }));

// A client hears that its handshake has succeeded before the server's OnConnected has begun: on ASP.NET Core, too.
test('overlap: a server that puts its users into groups when they connect has done so before the first link is left', async () => {
  const connections: string[] = [];
  const { server, url } = await serve({
    authenticate: tokens.authenticate,
    async onConnected({ connectionId, groups }) {
      await sleep(connections.push(connectionId) > 1 ? 100 : 0);
      await groups.add('numbers');
    },
  });
  let sent = 0;
  const timer = setInterval(() => void server.clients.group('numbers').send('Number', ++sent), 2);
  onTestFinished(() => clearInterval(timer));
  const { hub } = createClient(url, { auth, rotation: 'overlap' });
  const numbers: number[] = [];
  const enough = createDeferred();
  hub.on('Number', (number: number) => {
    numbers.push(number);
    if (number > 200) enough.resolve();
  });
  await hub.start();
  await hub.refreshAuthentication();
  await enough.promise;
  expect(connections).toHaveLength(2);
  expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
  expect(hub.getSnapshot().gaps).toBe(0);
});

test('overlap: with `messageId` a message is handed out once, however late the second link hears it', async () => {
  const connections: string[] = [];
  const { server, url } = await serve({
    authenticate: tokens.authenticate,
    onConnected: ({ connectionId }) => void connections.push(connectionId),
    // The first link is being left: what the second one hears now may well be new.
    onDisconnected: () => server.clients.client(connections.at(-1)!).send('Told', 1),
  });
  const { hub } = createClient(url, {
    auth,
    rotation: 'overlap',
    messageId: (_, [id]) => String(id),
    async prepare() {
      if (connections.length < 2) return;
      const heard = createDeferred();
      const off = hub.on('Told', () => heard.resolve());
      await server.clients.client(connections[0]!).send('Told', 1);
      await heard.promise;
      off();
    },
  });
  const told: unknown[] = [];
  hub.on('Told', (id: number) => told.push(id));
  await hub.start();
  await hub.refreshAuthentication();
  await hub.invoke('Echo', 1);
  expect(connections).toHaveLength(2);
  expect(told).toEqual([1]);
});
