import { tokenFrom } from '@org/hub-core';
import type { AnyHubContract, HubCall } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { createClient, createDeferred, serve, slowMethod } from './hub.ts';

const auth = () => tokenFrom(() => ({ token: 'a-token', userId: 'ann' }));
const authenticate = () => ({ userId: 'ann' });

it('tells of the app’s calls alone, and waits for no group', async () => {
  const { methods, called, answer } = slowMethod();
  const joining = createDeferred();
  const never = new Promise<void>(() => {});
  const { url } = await serve({
    authenticate,
    methods: {
      ...methods,
      JoinGroup: (_: HubCall<AnyHubContract>) => {
        joining.resolve();
        return never;
      },
    },
  });
  const { hub } = createClient(url, { auth: auth() });
  await hub.start();
  hub.join('room');
  const slow = hub.invoke('Slow');
  await Promise.all([joining.promise, called]);
  const loggedOut = hub.logout();
  answer('done');
  expect([await slow, await loggedOut]).toEqual(['done', { drained: 1, aborted: 0, close: 'acknowledged' }]);
});
