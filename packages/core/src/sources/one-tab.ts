import type * as Locks from '../platform/locks.js';

let locks: Promise<typeof Locks | null> | undefined;

/** Ahead of time, by a source that tabs share. Where it cannot be loaded, each tab is on its own. */
export function loadLocks(): Promise<typeof Locks | null> {
  locks ??= import('../platform/locks.js').catch(() => null);
  return locks;
}

/**
 * Runs a renewal while no other tab runs one for the same key: what is stored must be read again in it, since the tab
 * before may have renewed it. Without a key nothing is shared, and nothing is waited for.
 */
export async function inOneTab<T>(key: string | null | undefined, renewal: () => Promise<T>): Promise<T> {
  const loaded = key ? await loadLocks() : null;
  return loaded ? loaded.exclusively(`hub-core:${key}:renewal`, renewal) : renewal();
}
