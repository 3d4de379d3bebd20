/**
 * What the page can tell: whether there is a network, and when it is worth trying again. Safe where there is no page
 * (Node, workers, server-side rendering): it is then always online.
 */
export const isOnline = (): boolean => globalThis.navigator?.onLine !== false;

// Chrome’s `visibilitychange` is not reliable on wake, so `resume` is heard too.
const types = ['online', 'visibilitychange', 'resume', 'pageshow', 'pagehide'];

/** Tells of changes, `leaving` where the page goes into the back/forward cache; returns the unsubscribe. */
export function onPageChange(listener: (leaving: boolean) => void): () => void {
  const tell = ({ type, persisted }: Event & { persisted?: boolean }): void => {
    const leaving = type === 'pagehide';
    // Without the cache a hidden page is simply over.
    if (leaving ? persisted : globalThis.document?.visibilityState !== 'hidden') listener(leaving);
  };
  // While capturing, the window hears what happens to the document as well.
  for (const type of types) globalThis.addEventListener?.(type, tell, true);
  return () => {
    for (const type of types) globalThis.removeEventListener?.(type, tell, true);
  };
}
