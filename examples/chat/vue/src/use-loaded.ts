import { type ShallowRef, shallowRef, watch } from 'vue';
import { healsItself } from '../../../common/page/problem.ts';
import { useHubSnapshot } from './hub.ts';

/** What the server says at first, and again after each gap and for each user; in between the page keeps it up to date. */
export function useLoaded<T>(empty: T, load: () => Promise<T>, onError: (thrown: unknown) => void): ShallowRef<T> {
  const value = shallowRef(empty);
  const snapshot = useHubSnapshot();
  watch(
    () => [snapshot.value.status === 'connected', snapshot.value.userId, snapshot.value.gaps] as const,
    ([isConnected], _, onCleanup) => {
      if (!isConnected) return;
      let current = true;
      onCleanup(() => (current = false));
      load().then(
        (loaded) => current && (value.value = loaded),
        (error: unknown) => current && !healsItself(error) && onError(error),
      );
    },
    { immediate: true },
  );
  return value;
}
