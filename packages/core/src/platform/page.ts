/**
 * What the page can tell: whether there is a network, and when it is worth trying again. Safe where there is no page
 * (Node, workers without `document`, server-side rendering): it is then always online.
 */
export const isOnline = (): boolean => (typeof navigator === 'undefined' ? true : navigator.onLine !== false);

export type PageChange = 'online' | 'offline' | 'visible' | 'resume' | 'pagehide' | 'pageshow';

/** Tells of changes; returns the unsubscribe. Chrome’s `visibilitychange` is not reliable on wake, so `resume` is heard too. */
export function onPageChange(listener: (change: PageChange) => void): () => void {
  const controller = new AbortController();
  const listen = (target: EventTarget | undefined, type: string, tell: (event: Event) => void): void => {
    target?.addEventListener(type, tell, { signal: controller.signal });
  };
  const global: EventTarget | undefined = typeof globalThis.addEventListener === 'function' ? globalThis : undefined;
  const page = typeof document === 'undefined' ? undefined : document;
  listen(global, 'online', () => listener('online'));
  listen(global, 'offline', () => listener('offline'));
  listen(global, 'pagehide', (event) => (event as PageTransitionEvent).persisted && listener('pagehide'));
  listen(global, 'pageshow', (event) => (event as PageTransitionEvent).persisted && listener('pageshow'));
  listen(page, 'visibilitychange', () => page?.visibilityState === 'visible' && listener('visible'));
  listen(page, 'resume', () => listener('resume'));
  return () => controller.abort();
}
