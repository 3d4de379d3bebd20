import { oidc } from '@org/hub-core/oidc';
import { createTestOidc } from '@org/hub-testing';
import { InMemoryWebStorage, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { expect, it, onTestFinished, vi } from 'vitest';
import { stubPage } from './page.ts';

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
  return { provider, userStore, source: oidc(manager) };
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

it('renews nothing where the storage tells of the tab before later than the lock does', async () => {
  const page = stubPage();
  const { provider, userStore, source } = await expiredInSharedStore();
  const { authority, client_id } = source.manager.settings;
  const name = `hub-core:oidc:${authority}:${client_id}:renewal`;
  let grant: () => Promise<void> = async () => {};
  const request = (_: string, __: object, granted: typeof grant): Promise<void> =>
    new Promise((resolve) => (grant = () => granted().then(resolve)));
  vi.stubGlobal('navigator', { locks: { request } });
  // The tab before says that it is there; so it is heard, here as by the one that waits.
  const other = new BroadcastChannel(name);
  const witness = new BroadcastChannel(name);
  onTestFinished(() => [other, witness].forEach((channel) => channel.close()));
  other.onmessage = () => other.postMessage('here');
  const heard = new Promise(
    (resolve) => (witness.onmessage = ({ data }: MessageEvent) => data === 'here' && resolve(data)),
  );
  const token = source.getToken(connect);
  await heard;
  await new Promise((resolve) => setImmediate(resolve));
  const granted = grant();
  await new Promise((resolve) => setImmediate(resolve));
  const { key, value } = await provider.storedUser({ expiresIn: 300 });
  await userStore.set(key, value);
  page.tell('storage');
  expect(await token).toMatchObject({ userId: 'ann' });
  await granted;
  expect(provider.tokenRequests()).toEqual([]);
  expect(page.listeners()).toBe(0);
});
