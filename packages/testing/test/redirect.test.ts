import { expect, test, vi } from 'vitest';
import type { HubRedirect, RedirectRequest } from '../src/index.ts';
import { bearer, signalrClient, textOf } from './support/clients.ts';
import { listeningHub, testHub } from './support/hub.ts';

const authenticate = ({ token }: { token: string | null }): { userId: string } | null =>
  token === null ? null : { userId: token };
const methods = { WhoAmI: ({ userId }: { userId: string | null }) => userId };

test('answers a negotiate with the address of another hub, in the words of Azure SignalR', async () => {
  const asked: RedirectRequest[] = [];
  const hub = testHub({
    authenticate,
    redirect: (request) => {
      asked.push(request);
      return { url: 'https://elsewhere.example/client/?hub=chat', accessToken: 'theirs' };
    },
  });
  const negotiated: unknown[] = [];
  hub.on('negotiated', (event) => negotiated.push(event));
  const url = '/hub/negotiate?negotiateVersion=1';
  const answer = await hub.handleRequest({ method: 'POST', url, headers: { Authorization: 'Bearer ann' } });
  expect([answer?.status, await textOf(answer)]).toEqual([
    200,
    '{"negotiateVersion":0,"url":"https://elsewhere.example/client/?hub=chat","accessToken":"theirs","availableTransports":[]}',
  ]);
  expect(asked).toEqual([{ user: { userId: 'ann' }, headers: { authorization: 'Bearer ann' }, url }]);
  expect(negotiated).toEqual([]);
});

test('asks first who it is', async () => {
  const hub = testHub({ authenticate, redirect: () => ({ url: 'https://elsewhere.example' }) });
  expect(await hub.handleRequest({ method: 'POST', url: '/hub/negotiate' })).toMatchObject({ status: 401 });
});

test('the client of SignalR follows to another hub with the token that came along', async () => {
  const service = await listeningHub({ authenticate, methods });
  let target: HubRedirect | null = { url: service.url, accessToken: 'theirs' };
  const app = await listeningHub({ authenticate, methods, redirect: () => target });
  const whoAmI = async (): Promise<unknown> => {
    const client = signalrClient(app.url, bearer('mine'));
    await client.start();
    const answer = await client.invoke('WhoAmI');
    await client.stop();
    return answer;
  };
  const [there, countThere] = [await whoAmI(), service.hub.received().length];
  target = null;
  expect([there, countThere, await whoAmI(), service.hub.received().length]).toEqual(['theirs', 1, 'mine', 1]);
});

test('the client of SignalR gives up where hubs send it in circles', async () => {
  let url = '';
  const round = await listeningHub({ redirect: () => ({ url }) });
  ({ url } = round);
  await expect(signalrClient(url).start()).rejects.toThrow('Negotiate redirection limit exceeded.');
});

test('answers 500 where redirect() fails, and tells the author', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const failure = new Error('no idea');
  const hub = testHub({ redirect: () => Promise.reject(failure) });
  expect(await hub.handleRequest({ method: 'POST', url: '/hub/negotiate' })).toMatchObject({ status: 500, body: '' });
  expect(told).toHaveBeenCalledExactlyOnceWith("The test hub's redirect() failed.", failure);
  told.mockRestore();
});
