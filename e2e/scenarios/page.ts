/// <reference types="node" />
import { getEventListeners } from 'node:events';
import { InMemoryWebStorage } from 'oidc-client-ts';
import { onTestFinished, vi } from 'vitest';

export interface FakePage {
  /** Types of page events that somebody listens to. */
  listeners(): string[];
  /** Something happens to the page. */
  dispatch(type: 'resume' | 'visibilitychange' | 'pageshow'): void;
  /** Without a network `fetch` fails and `navigator.onLine` says so; with the change the page hears of it. */
  setOnline(online: boolean): void;
}

/** What a browser's page offers to listen to and to store in, to the end of the test. */
export function fakePage(): FakePage {
  const page = new EventTarget();
  const { fetch } = globalThis;
  const navigator = { onLine: true };
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  // Node 20's own takes `true` for no options and removes nothing (browsers take it for `capture`).
  const remove: typeof page.removeEventListener = (type, listener, options) =>
    page.removeEventListener(type, listener, typeof options === 'boolean' ? { capture: options } : options);
  vi.stubGlobal('removeEventListener', remove);
  vi.stubGlobal('document', page);
  vi.stubGlobal('navigator', navigator);
  vi.stubGlobal('localStorage', new InMemoryWebStorage());
  vi.stubGlobal('sessionStorage', new InMemoryWebStorage());
  vi.stubGlobal('fetch', (...args: Parameters<typeof fetch>) =>
    navigator.onLine ? fetch(...args) : Promise.reject(new TypeError('fetch failed')),
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  const types = ['online', 'offline', 'pagehide', 'pageshow', 'visibilitychange', 'resume', 'freeze', 'storage'];
  return {
    listeners: () => types.filter((type) => getEventListeners(page, type).length > 0),
    dispatch: (type) => void page.dispatchEvent(new Event(type)),
    setOnline(online) {
      navigator.onLine = online;
      page.dispatchEvent(new Event(online ? 'online' : 'offline'));
    },
  };
}
