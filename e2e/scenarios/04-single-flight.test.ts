import { expect, it } from 'vitest';
import { createClient, signIn, startServers } from './client.ts';

it.each([
  ['an expired', 1],
  ['a valid', 0],
])('4. ten clients that start at once with %s token cost %i token requests', async (token, requests) => {
  const { lab, endpoint } = await startServers();
  const { source } = await signIn(endpoint, { expired: token === 'an expired' });
  const clients = Array.from({ length: 10 }, () => createClient(lab.url, { auth: source }));

  await Promise.all(clients.map(({ hub }) => hub.start()));

  expect(endpoint.requests).toBe(requests);
  expect(clients.map(({ hub }) => hub.getSnapshot())).toEqual(
    Array.from({ length: 10 }, () => expect.objectContaining({ status: 'connected', userId: 'ann', error: null })),
  );
  const users = (await lab.connections()).map(({ userId }) => userId);
  expect(users).toEqual(Array.from({ length: 10 }, () => 'ann'));
  const carried = new Set((await lab.negotiations()).map(({ tokenId, status }) => `${status} ${tokenId}`));
  expect(carried.size).toBe(1);
});
