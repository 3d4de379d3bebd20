import { oidc } from '@org/hub-core/oidc';
import { createTestOidc } from '@org/hub-testing';
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { expect, it, onTestFinished, vi } from 'vitest';

// What a browser's locks do in truth is proven in a browser; here is what happens where they are missing or forbidden.
const connect = { reason: 'connect', force: false, attempt: 0 } as const;

async function expiredInSharedStore() {
  const provider = createTestOidc();
  onTestFinished(() => provider.dispose());
  await provider.listen();
  const store = new InMemoryWebStorage();
  vi.stubGlobal('localStorage', store);
  onTestFinished(() => void vi.unstubAllGlobals());
  const userStore = new WebStorageStateStore({ store });
  const { key, value } = await provider.storedUser({ expiresIn: -60 });
  await userStore.set(key, value);
  const manager = new UserManager({ ...provider.settings(), userStore });
  onTestFinished(() => manager.removeUser());
  return { provider, source: oidc(manager) };
}

it.each([
  ['there are no locks', {}],
  ['locks are forbidden', { locks: { request: () => Promise.reject(new DOMException('No.', 'SecurityError')) } }],
])('renews a shared user on its own where %s', async (_, navigator) => {
  const { provider, source } = await expiredInSharedStore();
  vi.stubGlobal('navigator', navigator);
  expect(await source.getToken(connect)).toMatchObject({ userId: 'ann' });
  expect(provider.tokenRequests()).toHaveLength(1);
});

it('renews a shared user on its own where there are no channels', async () => {
  const { provider, source } = await expiredInSharedStore();
  const request = vi.fn();
  vi.stubGlobal('navigator', { locks: { request } });
  vi.stubGlobal('BroadcastChannel', undefined);
  expect(await source.getToken(connect)).toMatchObject({ userId: 'ann' });
  expect(provider.tokenRequests()).toHaveLength(1);
  // A lock that nobody can be asked about might be that of a frozen tab.
  expect(request).not.toHaveBeenCalled();
});
