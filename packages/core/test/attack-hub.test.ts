import { tokenFrom } from '@org/hub-core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient, serve, serveHttp } from './hub.ts';
import { doorsOf } from './token-server.ts';

it('a hub that says of each token that it lives for a moment makes nobody hammer the token end point', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const user = () => ({ userId: 'ann', expiresAt: Date.now() + 300_000 });
  const { server } = await serve({ authenticate: user, enableAuthenticationRefresh: true });
  const { url, ...signalr } = doorsOf(server);
  let asked = 0;
  const auth = tokenFrom(() => ({ token: `token-${(asked += 1)}`, expiresAt: Date.now() + 300_000 }));
  const fetch: typeof signalr.fetch = async (...request) => {
    const answer = await signalr.fetch(...request);
    return Response.json({ ...((await answer.json()) as object), tokenLifetimeSeconds: 0.05 });
  };
  const { hub } = createClient(url, { auth, signalr: { ...signalr, fetch } });
  await hub.start();
  for (let ms = 0; ms < 10_000; ms += 20) await vi.advanceTimersByTimeAsync(20);
  expect(asked).toBe(1);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0 });
});

it('a redirect that leads back to itself ends: there is no hub', async () => {
  let negotiations = 0;
  const url: string = await serveHttp((_, response) => {
    negotiations += 1;
    response.writeHead(200).end(JSON.stringify({ url, accessToken: 'another' }));
  });
  const { hub } = createClient(url, { auth: tokenFrom('a-token') });
  await expect(hub.start()).rejects.toMatchObject({ code: 'not-a-hub' });
  expect(negotiations).toBeLessThanOrEqual(100);
});

it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'then', 'invoke', 'dispose'])(
  'a hub that calls %s calls nothing but a handler of that name',
  async (name) => {
    const { server, url } = await serve({
      methods: { Call: ({ clients }, method: unknown) => clients.caller.send(String(method), 'hello') },
    });
    const { hub, events } = createClient(url);
    await hub.start();
    await hub.invoke('Call', name);
    const heard: unknown[] = [];
    hub.on(name, (word) => heard.push(word));
    await hub.invoke('Call', name);
    expect(heard).toEqual(['hello']);
    expect(events.map(({ type }) => type)).not.toContain('reconnecting');
    expect(server.connections()).toHaveLength(1);
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0 });
  },
);
