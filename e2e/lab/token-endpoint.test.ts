import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLab, startTokenEndpoint } from './index.ts';
import type { Lab, TokenEndpoint } from './index.ts';

let lab: Lab;
let endpoint: TokenEndpoint;

beforeEach(async () => {
  lab = await startLab();
  endpoint = await startTokenEndpoint(lab);
}, 300_000);
afterEach(async () => {
  await endpoint.close();
  await lab.close();
});

async function signedIn(options?: { expired?: boolean }): Promise<UserManager> {
  const store = new InMemoryWebStorage();
  const { key, value } = await endpoint.storedUser(options);
  // oidc-client-ts puts a prefix of its own before every key.
  store.setItem(`oidc.${key}`, value);
  const userStore = new WebStorageStateStore({ store });
  return new UserManager({ ...endpoint.settings, userStore, stateStore: userStore, automaticSilentRenew: false });
}

async function hubStatus(token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(`${lab.url}/negotiate?negotiateVersion=1`, { method: 'POST', headers })).status;
}

it('stores a user whose token the hub accepts, or one that has expired', async () => {
  const user = await (await signedIn()).getUser();
  const expired = await (await signedIn({ expired: true })).getUser();
  expect([user?.expired, await hubStatus(user?.access_token ?? '')]).toEqual([false, 200]);
  expect([expired?.expired, await hubStatus(expired?.access_token ?? '')]).toEqual([true, 401]);
  expect(endpoint.requests).toBe(0);
});

it('rotates refresh tokens, and revokes the family of one that comes twice', async () => {
  const users = await signedIn({ expired: true });
  const stored = await users.getUser();
  const first = await users.signinSilent();
  expect(await hubStatus(first?.access_token ?? '')).toBe(200);
  const second = await users.signinSilent();
  expect(new Set([stored, first, second].map((user) => user?.refresh_token)).size).toBe(3);
  expect([endpoint.requests, endpoint.familyRevoked]).toEqual([2, false]);
  await users.storeUser(stored);
  await expect(users.signinSilent()).rejects.toMatchObject({ error: 'invalid_grant' });
  expect([endpoint.requests, endpoint.familyRevoked]).toEqual([3, true]);
  await users.storeUser(second ?? null);
  await expect(users.signinSilent()).rejects.toMatchObject({ error: 'invalid_grant' });
});

it('fails in every way a token end point does, and recovers', async () => {
  const users = await signedIn({ expired: true });
  endpoint.failNetwork(1);
  await expect(users.signinSilent()).rejects.toThrow('fetch failed');
  endpoint.status(503);
  await expect(users.signinSilent()).rejects.toThrow();
  endpoint.fail('invalid_grant', 'Signed out elsewhere');
  await expect(users.signinSilent()).rejects.toMatchObject({ error: 'invalid_grant' });
  endpoint.recover();
  expect((await users.signinSilent())?.expired).toBe(false);
  expect(endpoint.requests).toBe(4);
});
