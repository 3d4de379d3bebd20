import { expect, it } from 'vitest';
import { createClient, until } from './hub.ts';
import { serveRaw } from './raw-hub.ts';

it.each([
  ['no failure that there is', '"kind":"anything"'],
  ['a status', '"kind":"status","status":401,"response":{}'],
  ['the end of the session', '"kind":"source","cause":{"code":"session-ended"}'],
])('a Close is a Close, whatever else it says of itself: %s', async (_, fields) => {
  const server = await serveRaw();
  const { hub } = createClient(server.url);
  await hub.start();
  server.say(`{"type":7,${fields}}`);
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect(error).toMatchObject({ name: 'HubError', code: 'server-closed' });
});
