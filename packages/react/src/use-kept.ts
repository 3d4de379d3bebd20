import { useState } from 'react';
import type { HubClient } from '@org/hub-core';

interface Kept<T> {
  readonly hub: HubClient;
  readonly key: string;
  readonly value: T;
}

/**
 * The same value until the client or the key is another one. In a state and not a memo: React may drop a memo, and does so
 * each time a module is edited under hot reload.
 */
export function useKept<T>(hub: HubClient, key: string, create: () => T): T {
  const begin = (): Kept<T> => ({ hub, key, value: create() });
  const [kept, keep] = useState(begin);
  if (kept.hub === hub && kept.key === key) return kept.value;
  const next = begin();
  keep(next);
  return next.value;
}
