import { identityApi, passwordGrant } from '@org/hub-core/identity';
import { describe, expect, it } from 'vitest';
import { createClient, serve, until } from './hub.ts';
import { doorsOf, serveTokens, stubStorage } from './token-server.ts';

const connect = { reason: 'connect', force: false, attempt: 0 } as const;

describe('whoever can edit what is stored', () => {
  it('can call the user another name in the page, and is to the hub whom the token names', async () => {
    const provider = serveTokens();
    const { server } = await serve({ authenticate: provider.authenticate });
    const stored = stubStorage('sessionStorage');
    const { url, ...signalr } = doorsOf(server);
    const source = identityApi({ baseUrl: provider.baseUrl });
    await source.signIn({ username: 'ann', password: 'correct' });
    const [[name, value]] = [...stored] as [[string, string]];
    stored.set(name, JSON.stringify({ ...(JSON.parse(value) as object), userId: 'admin' }));
    const { hub } = createClient(url, { auth: source, signalr });
    await hub.start();
    expect(hub.getSnapshot().userId).toBe('admin');
    expect(server.connections().map(({ userId }) => userId)).toEqual(['ann']);
  });

  it.each([
    ['a token of nobody', { token: 'made-up' }],
    ['one that lives for ever', { token: 'made-up', expiresAt: 8.64e15, userId: 'ann' }],
    ['a prototype', JSON.parse('{"__proto__":{"token":"made-up","admin":true},"token":"made-up"}') as object],
    ['a megabyte', { token: 'x'.repeat(1_000_000) }],
  ])('cannot connect with %s, and pollutes nothing', async (_, grant) => {
    const provider = serveTokens();
    const { server } = await serve({ authenticate: provider.authenticate });
    const stored = stubStorage('localStorage');
    const { url, ...signalr } = doorsOf(server);
    const source = passwordGrant({ tokenUrl: provider.tokenUrl, store: 'local' });
    stored.set(`hub-core:${source.key}`, JSON.stringify(grant));
    const { hub } = createClient(url, { auth: source, signalr });
    const error = hub.start().catch((thrown: unknown) => thrown);
    await until(hub, (snapshot) => snapshot.error !== null);
    await hub.stop();
    expect(await error).toMatchObject({ name: 'HubError' });
    expect([server.connections(), provider.requests]).toEqual([[], []]);
    expect(({} as { token?: unknown; admin?: unknown }).token ?? ({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it.each(['', 'null', '[]', '7', '"token"', '{', '{"token":7}', '{"__proto__":{"token":"made-up"}}'])(
    'signs nobody in with %j',
    async (value) => {
      const provider = serveTokens();
      const stored = stubStorage('localStorage');
      const source = passwordGrant({ tokenUrl: provider.tokenUrl, store: 'local' });
      stored.set(`hub-core:${source.key}`, value);
      expect(await source.getToken(connect)).toBeNull();
    },
  );
});
