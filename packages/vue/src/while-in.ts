import { type MaybeRefOrGetter, toValue, watch } from 'vue';
import { isOnServer } from './rendering.js';

/** Begins something for the value, ends it and begins anew when the value changes, and ends it with the effect scope. */
export function whileIn<T>(value: MaybeRefOrGetter<T>, begin: (value: T) => () => void): void {
  // While rendering on a server no scope ever ends.
  if (isOnServer()) return;
  watch(
    () => toValue(value),
    (current, _, onCleanup) => onCleanup(begin(current)),
    { immediate: true },
  );
}
