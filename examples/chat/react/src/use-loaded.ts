import { type Dispatch, type SetStateAction, useEffect, useEffectEvent, useState } from 'react';
import { healsItself } from '../../../common/page/problem.ts';
import { useHubSnapshot } from './hub.ts';

/** What the server says at first, and again after each gap and for each user; in between the page keeps it up to date. */
export function useLoaded<T>(
  empty: T,
  load: () => Promise<T>,
  onError: (thrown: unknown) => void,
): [T, Dispatch<SetStateAction<T>>] {
  const [value, setValue] = useState(empty);
  const loadLatest = useEffectEvent(load);
  const report = useEffectEvent(onError);
  const isConnected = useHubSnapshot(({ status }) => status === 'connected');
  const userId = useHubSnapshot((snapshot) => snapshot.userId);
  const gaps = useHubSnapshot((snapshot) => snapshot.gaps);
  useEffect(() => {
    if (!isConnected) return;
    let current = true;
    loadLatest().then(
      (loaded) => current && setValue(loaded),
      (error: unknown) => current && !healsItself(error) && report(error),
    );
    return () => {
      current = false;
    };
  }, [isConnected, userId, gaps]);
  return [value, setValue];
}
