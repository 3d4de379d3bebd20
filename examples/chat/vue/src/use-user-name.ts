import { computed, type ComputedRef, ref, watch } from 'vue';
import { type Auth, signedInName } from '../../shared/open-chat.ts';
import { useHubSnapshot } from './hub.ts';

/** The signed-in user's name; null for a visitor. */
export function useUserName(auth: Auth): ComputedRef<string | null> {
  const status = useHubSnapshot((snapshot) => snapshot.auth);
  const userId = useHubSnapshot((snapshot) => snapshot.userId);
  const name = ref<string | null>(null);
  watch(
    [status, userId],
    (_, __, onCleanup) => {
      let current = true;
      onCleanup(() => (current = false));
      void signedInName(auth).then((found) => current && (name.value = found));
    },
    { immediate: true },
  );
  return computed(() => (status.value === 'anonymous' || status.value === 'signed-out' ? null : name.value));
}
