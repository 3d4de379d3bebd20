import { useMemo } from 'react';
import type { HubClient } from '@org/hub-core';
import { createInvocation, initialInvocationSnapshot, type InvocationSnapshot } from '@org/hub-core/live';
import type { HubInvocation } from './hub-hooks.js';
import { useKept } from './use-kept.js';
import { useStore } from './use-store.js';

export function useInvocationOf(hub: HubClient, method: string): HubInvocation<unknown[], unknown> {
  const calls = useKept(hub, method, () => createInvocation(hub, method));
  const snapshot = useStore<InvocationSnapshot<unknown>>(calls, initialInvocationSnapshot);
  return useMemo(() => ({ ...snapshot, invoke: calls.invoke, reset: calls.reset }), [snapshot, calls]);
}
