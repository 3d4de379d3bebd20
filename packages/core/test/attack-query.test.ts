import { oidc } from '@org/hub-core/oidc';
import type { HubError } from '@org/hub-core';
import { createTestOidc } from '@org/hub-testing';
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { expect, it, onTestFinished, vi } from 'vitest';

/** A page that somebody has sent the user to; ann is signed in, in the storage that holds the sign-ins under way as well. */
async function openPage(query: (key: string) => string) {
  const provider = createTestOidc();
  onTestFinished(() => provider.dispose());
  await provider.listen();
  const settings = provider.settings();
  const store = new InMemoryWebStorage();
  const kept = new WebStorageStateStore({ store });
  const { key, value } = await provider.storedUser({ sub: 'ann' });
  await kept.set(key, value);
  const address = { href: `${settings.redirect_uri}${query(key)}` };
  vi.stubGlobal('location', address);
  vi.stubGlobal('history', {
    state: null,
    replaceState: (_: unknown, __: string, url: URL) => (address.href = url.href),
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  const manager = new UserManager({ ...settings, userStore: kept, stateStore: kept, automaticSilentRenew: false });
  return { provider, source: oidc(manager), address, manager };
}

const connect = { reason: 'connect', force: false, attempt: 0 } as const;

it.each([
  ['a code and a state of somebody else’s sign-in', () => '?code=theirs&state=0123456789abcdef0123456789abcdef'],
  ['an error in words of the attacker', () => '?error=denied&error_description=Call+0900-EVIL&state=1'],
  ['a state that names the stored user', (key: string) => `?code=theirs&state=${encodeURIComponent(key)}`],
  ['a state that names nothing that is there', () => '?code=theirs&state=__proto__'],
])('a link with %s signs nobody in or out, asks the provider nothing, and is cleaned', async (_, query) => {
  const { source, provider, address, manager } = await openPage(query);
  const failed = await source.completeSignIn().catch((thrown: unknown) => thrown as HubError);
  expect(failed).toMatchObject({ code: 'session-ended' });
  expect((failed as HubError).message).not.toContain('EVIL');
  expect(new URL(address.href).search).toBe('');
  expect((await manager.getUser())?.profile.sub).toBe('ann');
  expect(provider.tokenRequests().map(({ grantType }) => grantType)).not.toContain('authorization_code');
});

it('an access token in the page’s address is nobody’s: it is not read, and leads to no sign-in', async () => {
  const query = '?access_token=theirs&id_token=theirs#access_token=theirs&state=1';
  const { source, manager, address } = await openPage(() => query);
  await manager.removeUser();
  expect([await source.completeSignIn(), await source.getToken(connect)]).toEqual([null, null]);
  // It is none of ours to clean.
  expect(address.href).toContain(query);
});
