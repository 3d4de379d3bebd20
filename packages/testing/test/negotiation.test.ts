import { expect, test } from 'vitest';
import type { HubResponse } from '../src/index.ts';
import { handshake, inMemory, textOf } from './support/clients.ts';
import { testHub } from './support/hub.ts';

test('offers a connection, in version 1 with a token apart from the id', async () => {
  const hub = testHub();
  const ask = async (query: string): Promise<Record<string, unknown>> =>
    JSON.parse(await textOf(await hub.handleRequest({ method: 'POST', url: `/hub/negotiate${query}` })));
  const [v0, v1, v5] = [await ask(''), await ask('?negotiateVersion=1'), await ask('?negotiateVersion=5')];
  expect(Object.keys(v0)).toEqual(['negotiateVersion', 'connectionId', 'availableTransports']);
  expect(Object.keys(v1)).toEqual(['negotiateVersion', 'connectionId', 'connectionToken', 'availableTransports']);
  expect([v0.negotiateVersion, v1.negotiateVersion, v5.negotiateVersion]).toEqual([0, 1, 1]);
  expect(v1.connectionToken).not.toBe(v1.connectionId);
});

test.each([
  [
    'POST',
    '/hub/negotiate?negotiateVersion=x',
    200,
    '{"error":"The client requested a non-integer protocol version."}',
  ],
  [
    'POST',
    '/hub/negotiate?negotiateVersion=-1',
    200,
    `{"error":"The client requested version '-1', but the server does not support this version."}`,
  ],
  ['GET', '/hub/negotiate', 405, ''],
  ['PUT', '/hub', 405, ''],
  ['GET', '/hub', 400, 'Connection ID required'],
  ['POST', '/hub?id=nope', 404, 'No Connection with that ID'],
])('answers %s %s with %i %s', async (method, url, status, body) => {
  expect(await testHub().handleRequest({ method, url })).toMatchObject({ status, body } satisfies Partial<HubResponse>);
});

test('opens a connection with its token once', async () => {
  const hub = testHub();
  const offer = JSON.parse(
    await textOf(await hub.handleRequest({ method: 'POST', url: '/hub/negotiate?negotiateVersion=1' })),
  );
  const url = `/hub?id=${offer.connectionToken}`;
  const client = await inMemory(hub, { url });
  const connected = hub.waitFor('connected');
  client.send(handshake);
  expect((await connected).client.id).toBe(offer.connectionId);
  await expect(inMemory(hub, { url })).rejects.toThrow('Refused with 409.');
  client.send({ type: 7 });
  await client.until(3);
  await expect(inMemory(hub, { url })).rejects.toThrow('Refused with 404.');
  await expect(inMemory(hub, { url: `/hub?id=${offer.connectionId}` })).rejects.toThrow('Refused with 404.');
});

test('refuses sockets of foreign origins, and takes those without one', async () => {
  const hub = testHub({ allowedOrigins: ['https://app.example'] });
  await inMemory(hub, { headers: { Origin: 'https://app.example' } });
  await inMemory(hub);
  await expect(inMemory(hub, { headers: { Origin: 'https://evil.example' } })).rejects.toThrow('Refused with 403.');
});
