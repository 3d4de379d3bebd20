import { useCallback, useEffect, useMemo, useRef } from 'react';
import type { GroupHandle, GroupState, HubClient } from '@org/hub-core';
import type { HubGroup } from './hub-hooks.js';
import { useSnapshotOf } from './use-hub-snapshot.js';

const joining: GroupState = { status: 'joining', error: null };

export function useGroupOf(hub: HubClient, name: string | null): HubGroup {
  const handle = useRef<GroupHandle>(null);
  useEffect(() => {
    if (name === null) return;
    const wanted = (handle.current = hub.join(name));
    return () => {
      handle.current = null;
      // The client waits a tick before it tells the server: StrictMode’s unmount and mount cost nothing.
      void wanted.leave();
    };
  }, [hub, name]);
  const retry = useCallback(() => handle.current?.retry(), []);
  const state = useSnapshotOf(hub, (snapshot) => (name === null ? undefined : snapshot.groups.get(name)) ?? joining);
  return useMemo(() => ({ ...state, retry }), [state, retry]);
}
