import { type Credentials, HubError, tokenFrom } from '@org/hub-core';
import { identityApi, passwordGrant } from '@org/hub-core/identity';
import { oidc } from '@org/hub-core/oidc';
import { InMemoryWebStorage, WebStorageStateStore } from 'oidc-client-ts';
import { expect, it } from 'vitest';
import { createClient, nextEvent, serve } from './hub.ts';
import { serveTokens, stubStorage } from './token-server.ts';

it.each<[string, () => unknown]>([
  ['an object without a prototype', () => Object.create(null)],
  ['an object that no text can be made of', () => ({ toString: 1 })],
  ['a symbol', () => Symbol('odd')],
  ['null', () => null],
  ['an error whose message is a symbol', () => Object.assign(new Error(), { message: Symbol('odd') })],
  [
    'a proxy that was revoked',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  ['an error without a message', () => Object.assign(new Error(), { message: undefined })],
])('a source may throw %s: it is tried again', async (_, thrown) => {
  const { url } = await serve({ authenticate: () => ({ userId: 'ann' }) });
  let asked = 0;
  const auth = tokenFrom(() => {
    // oxlint-disable-next-line typescript/only-throw-error -- so do apps
    if ((asked += 1) === 1) throw thrown();
    return 'a-token';
  });
  const { hub } = createClient(url, { auth });
  const failed = nextEvent(hub, 'tokenRefreshFailed');
  await hub.start();
  const { error } = await failed;
  expect([error instanceof HubError, error.code, asked]).toEqual([true, 'token-unavailable', 2]);
});

const connect = { reason: 'connect', force: false, attempt: 0 } as const;

it.each([
  ['an object', { name: 'ann' }],
  ['a number', 7],
])('a user who is %s is nobody’s name: the app is told', async (_, userId) => {
  const source = tokenFrom(() => ({ token: 'a-token', userId }) as unknown as Credentials);
  await expect(source.getToken(connect)).rejects.toMatchObject({
    code: 'token-unavailable',
    message: expect.stringContaining('userId'),
    remediation: expect.stringContaining('string'),
  });
});

it('what a source gave is looked at once: it may say something else the next time', async () => {
  const { url } = await serve({ authenticate: () => ({ userId: 'ann' }) });
  let looks = 0;
  const given = {
    cookie: true,
    get userId(): string {
      if ((looks += 1) > 1) throw new Error('Once is enough.');
      return 'ann';
    },
  } as Credentials;
  const { hub } = createClient(url, { auth: tokenFrom(() => given) });
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', userId: 'ann' });
});

it('a token that was issued in milliseconds tells nothing of the clock, and spoils none that follow', async () => {
  const jwt = (claims: object): string => `eyJhbGciOiJub25lIn0.${btoa(JSON.stringify(claims))}.`;
  const now = Math.floor(Date.now() / 1000);
  const tokens = [jwt({ iat: now * 1000, exp: now + 300 }), jwt({ iat: now, exp: now + 300 })];
  const source = tokenFrom(() => tokens.shift()!);
  const expected = expect.objectContaining({ expiresAt: (now + 300) * 1000 });
  expect([await source.getToken(connect), await source.getToken(connect)]).toEqual([expected, expected]);
});

const ann = { username: 'ann', password: 'correct' };

it.each([
  ['identityApi', () => identityApi({ baseUrl: 'http://tokens.test/api' })],
  ['passwordGrant', () => passwordGrant({ tokenUrl: 'http://tokens.test/Token' })],
])('%s takes a lifetime that is no number for none', async (_, create) => {
  const odd = { toString: 1 };
  const answer = { accessToken: 'a-token', access_token: 'a-token', expiresIn: odd, '.issued': odd, '.expires': odd };
  for (const expires_in of [odd, null]) {
    serveTokens().broken = () => Response.json({ ...answer, expires_in });
    const source = create();
    await source.signIn(ann);
    expect(await source.getToken(connect)).toEqual({ token: 'a-token', userId: 'ann' });
  }
});

it('takes of what is stored what is of the right type, and nobody where that is no token', async () => {
  serveTokens();
  const items = stubStorage('sessionStorage');
  const source = identityApi({ baseUrl: 'http://tokens.test/api' });
  await source.signIn(ann);
  const [key] = [...items.keys()];
  items.set(key!, JSON.stringify({ token: 'a-token', userId: { name: 'ann' }, expiresAt: 'soon', refreshToken: [] }));
  const known = await source.getToken(connect);
  items.set(key!, JSON.stringify({ token: '', userId: 'ann' }));
  expect([known, await source.getToken(connect)]).toEqual([{ token: 'a-token' }, null]);
});

it('oidc() takes no more than it can use of a stored user', async () => {
  const userStore = new WebStorageStateStore({ store: new InMemoryWebStorage() });
  await userStore.set(
    'user:http://login.test:app',
    JSON.stringify({ access_token: 'a-token', token_type: 'Bearer', profile: { sub: { a: 1 } }, expires_at: 'soon' }),
  );
  const source = oidc({
    authority: 'http://login.test',
    client_id: 'app',
    redirect_uri: 'http://app.test/',
    userStore,
    automaticSilentRenew: false,
  });
  expect(await source.getToken(connect)).toEqual({ token: 'a-token' });
});
