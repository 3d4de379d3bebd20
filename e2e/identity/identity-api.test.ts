/// <reference types="node" />
import { createHmac } from 'node:crypto';
import { identityApi } from '@org/hub-core/identity';
import { expect, it } from 'vitest';
import { createClient, until } from '../scenarios/client.ts';
import { ann, call, type IdentityServer, startServer } from './server.ts';

const signedIn = { username: ann.name, password: ann.password };

/** What the identity API was asked, and what it answered. */
async function asked(server: IdentityServer): Promise<string[]> {
  const requests = await server.requests();
  return requests.filter(({ path }) => /^.(login|refresh)$/.test(path)).map(({ path, status }) => `${path} ${status}`);
}

it('25. a token of the identity API connects the hub, and is renewed ahead of its expiry', async () => {
  const server = await startServer({ expiresIn: 3 });
  const source = identityApi({ baseUrl: server.url });
  const { hub, types } = createClient(`${server.url}/hub`, { auth: source });
  const started = hub.start();
  await until(hub, ({ auth }) => auth === 'anonymous');

  await source.signIn(signedIn);
  await started;
  const who = await call(hub, 'WhoAmI');
  const first = hub.getSnapshot().tokenExpiresAt!;
  await until(hub, ({ tokenExpiresAt }) => tokenExpiresAt! > first);

  expect([who, hub.getSnapshot().userId]).toEqual([ann.name, ann.name]);
  expect(await asked(server)).toEqual(['/login 200', '/refresh 200']);
  // The server closes at expiry (CloseOnAuthenticationExpiration): the newer token connects again.
  await until(hub, ({ gaps }) => gaps > 0);
  expect(await call(hub, 'WhoAmI')).toBe(ann.name);
  expect(types('unauthorized', 'sessionEnded', 'tokenRefreshFailed')).toEqual([]);
});

it('25. a refused sign-in says what the server said', async () => {
  const server = await startServer();
  const source = identityApi({ baseUrl: `${server.url}/` });

  await expect(source.signIn({ username: ann.name, password: 'wrong' })).rejects.toMatchObject({
    code: 'unauthorized',
    status: 401,
    message: 'Failed',
  });
  await expect(identityApi({ baseUrl: `${server.url}/nowhere` }).signIn(signedIn)).rejects.toMatchObject({
    code: 'configuration',
    status: 404,
  });
});

it('25. two factors: by the authenticator, or by a recovery code', async () => {
  const authenticatorKey = 'JBSWY3DPEHPK3PXP';
  const server = await startServer({ users: [{ ...ann, authenticatorKey, recoveryCodes: ['paper-1'] }] });
  const source = identityApi({ baseUrl: server.url });

  await expect(source.signIn(signedIn)).rejects.toMatchObject({ code: 'unauthorized', message: 'RequiresTwoFactor' });
  await source.signIn({ ...signedIn, twoFactorCode: totp(Buffer.from('Hello!\xde\xad\xbe\xef', 'latin1')) });
  await source.signIn({ ...signedIn, twoFactorRecoveryCode: 'paper-1' });
  await expect(source.signIn({ ...signedIn, twoFactorRecoveryCode: 'paper-1' })).rejects.toMatchObject({
    message: 'Failed',
  });
});

it('25. /refresh with 503 is tried again, with 401 it is the end of the session, told once', async () => {
  const server = await startServer({ expiresIn: 3 });
  const source = identityApi({ baseUrl: server.url });
  await source.signIn(signedIn);
  await server.refuse('/refresh', 503);
  const { hub, types } = createClient(`${server.url}/hub`, { auth: source });
  await hub.start();
  const first = hub.getSnapshot().tokenExpiresAt!;
  await until(hub, ({ tokenExpiresAt }) => tokenExpiresAt! > first);

  await server.refuse('/refresh', 401);
  const { error } = await until(hub, ({ auth, status }) => auth === 'signed-out' && status === 'disconnected');

  expect(error).toMatchObject({ code: 'session-ended' });
  expect(types('sessionEnded', 'unauthorized')).toEqual(['sessionEnded']);
  expect(await asked(server)).toEqual(['/login 200', '/refresh 503', '/refresh 200', '/refresh 401']);
});

it('25. a sign-out closes the connection, and the next sign-in opens it again', async () => {
  const server = await startServer();
  const source = identityApi({ baseUrl: server.url });
  await source.signIn(signedIn);
  const { hub, types } = createClient(`${server.url}/hub`, { auth: source });
  await hub.start();

  expect(await hub.logout()).toMatchObject({ close: 'acknowledged' });
  expect(await source.getToken({ reason: 'requested', force: false, attempt: 0 })).toBeNull();
  await source.signIn(signedIn);
  await until(hub, ({ status }) => status === 'connected');

  expect(types('sessionEnded', 'unauthorized')).toEqual(['sessionEnded']);
  expect(await asked(server)).toEqual(['/login 200', '/login 200']);
});

/** RFC 6238 with its defaults: SHA-1, 30 s, six digits. */
function totp(secret: Buffer): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', secret).update(counter).digest();
  const offset = hash.at(-1)! & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
