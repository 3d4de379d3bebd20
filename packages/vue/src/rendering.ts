import { getCurrentInstance, inject, onMounted, type Ref, shallowRef, ssrContextKey } from 'vue';

/** While `renderToString` and its like run. */
export const isOnServer = (): boolean => !!inject(ssrContextKey, null);

/**
 * False for as long as the page must look as the server rendered it, however far the client has come meanwhile: on the server,
 * and until a component that found its element there is mounted.
 */
export function mayDiffer(): Readonly<Ref<boolean>> {
  const instance = getCurrentInstance();
  // Only a component that is hydrated has an element before its setup has run.
  const hydrating = !!instance && !instance.isMounted && !!instance.vnode.el;
  const differs = shallowRef(!hydrating && !isOnServer());
  if (hydrating) onMounted(() => (differs.value = true));
  return differs;
}
