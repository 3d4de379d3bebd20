import type { HubClient } from '@org/hub-core';
import type { NewsHub } from '../../../packages/react/test/news-hub.ts';

/** Components that come and go, on a page with a hub connection. */
export interface Visits {
  /** A page without them: what the framework itself leaves (React its listeners on the element) is not ours. */
  none(): Promise<void>;
  /** Shows them, and takes them away: at once, or when all that they have asked for is there. */
  once(index: number): Promise<void>;
  /** The page is left, and its client disposed of. */
  end(): Promise<void>;
}

/** How often the whole page comes anew, and so its connection. */
export const visitsOfPage = 10;

/** What the components show once they are connected, in their group, and have the news, an answer and the first tick. */
export const everythingIsThere = /^connected ?joined.*streaming.*success.*success 4/s;

/** Resolves when the element says so. */
export function shows(root: Element, text: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!text.test(root.textContent ?? '')) return;
      observer.disconnect();
      resolve();
    };
    const observer = new MutationObserver(look);
    observer.observe(root, { childList: true, characterData: true, subtree: true });
    look();
  });
}

/** Resolves when nothing is open any more: what comes a tick earlier finds the connection that there was. */
export function stopped(hub: HubClient<NewsHub>): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (hub.getSnapshot().status !== 'disconnected') return;
      off();
      resolve();
    };
    const off = hub.subscribe(look);
    look();
  });
}
