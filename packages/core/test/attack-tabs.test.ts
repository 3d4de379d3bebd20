import { tokenFrom } from '@org/hub-core';
import { createTestTokens } from '@org/hub-testing';
import { expect, it, onTestFinished } from 'vitest';
import { createClient, serve, until } from './hub.ts';

const tokens = createTestTokens();

async function openTab(key: string) {
  const { server, url, visits } = await serve({ authenticate: tokens.authenticate });
  const token = await tokens.issue({ sub: 'ann' });
  const signOuts: string[] = [];
  const source = tokenFrom(token, { signOut: async () => void signOuts.push('ann') });
  const { hub, types } = createClient(url, { auth: { ...source, key } });
  // Somebody of the same origin who speaks on its channel, and hears what is said there.
  const channel = new BroadcastChannel(`hub-core:${key}`);
  onTestFinished(() => channel.close());
  const heard: unknown[] = [];
  channel.onmessage = ({ data }: MessageEvent<unknown>) => heard.push(data);
  await hub.start();
  return { hub, types, server, visits, token, signOuts, channel, heard };
}

it('a forged message of another tab can log this one out, and no more: nothing is signed out, asked for or told', async () => {
  const { hub, types, server, visits, signOuts, channel, heard } = await openTab('forged-logout');
  const nonsense = [
    null,
    'logout',
    7,
    [],
    {},
    { type: 'signed-in', userId: 'eve' },
    { type: 'renewed', token: 'theirs' },
  ];
  const witness = new BroadcastChannel('hub-core:forged-logout');
  onTestFinished(() => witness.close());
  const reached: unknown[] = [];
  witness.onmessage = ({ data }: MessageEvent<unknown>) => reached.push(data);
  const forged = [...nonsense, { type: 'logout', userId: 'eve' }];
  for (const message of forged) channel.postMessage(message);
  await expect.poll(() => reached).toEqual(forged);
  // What they might have begun is under way by now: a call would be refused.
  for (let round = 0; round < 3; round += 1) expect(await hub.invoke('Echo', round)).toBe(round);
  expect([hub.getSnapshot().status, types('sessionEnded')]).toEqual(['connected', []]);
  channel.postMessage({ type: 'logout', userId: 'ann', token: 'theirs', signOut: true });
  await until(hub, ({ status }) => status === 'disconnected');
  await expect.poll(() => types()).toContain('sessionEnded');
  expect(types('sessionEnded', 'unauthorized', 'reconnecting', 'tokenRefreshed')).toEqual(['sessionEnded']);
  expect([signOuts, heard, visits, server.connections()]).toEqual([[], [], ['negotiated ann'], []]);
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann' });
});

it('tabs tell each other who logs out, and never a token', async () => {
  const { hub, heard } = await openTab('told');
  await hub.logout();
  await expect.poll(() => heard).toEqual([{ type: 'logout', userId: 'ann' }]);
});
