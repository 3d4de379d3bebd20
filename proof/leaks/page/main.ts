import { createHubClient } from '@org/hub-core';
import { watchResources } from '../../../e2e/open-resources.ts';
import type { NewsHub } from '../../../packages/react/test/news-hub.ts';
import { countSubscriptions } from './subscriptions.ts';
import type { Visits } from './visits.ts';

declare global {
  interface Window {
    /** Goes on with so many visits. */
    goOn(count: number): Promise<void>;
    end(): Promise<void>;
    /** What the page has open, besides what the browser can tell itself. */
    openNow(): { subscriptions: number; timers: number; sockets: number };
  }
}

/** `?framework=react&strict&url=http://127.0.0.1:5000/hub` */
const parameters = new URLSearchParams(location.search);
// React has timers of its own: those of its scheduler never wait.
const resources = watchResources(WebSocket, /^$/);
const { hub, count } = countSubscriptions(
  createHubClient<NewsHub>({
    url: parameters.get('url') ?? '',
    logger: 'none',
    signalr: { WebSocket: resources.WebSocket as never },
  }),
);
const element = document.querySelector('#app')!;
const visits = await createVisits();
await visits.none();

let index = 0;
window.goOn = async (count) => {
  for (const end = index + count; index < end; index += 1) await visits.once(index);
};
window.end = visits.end;
window.openNow = () => ({ subscriptions: count(), timers: resources.timers().length, sockets: resources.sockets() });

async function createVisits(): Promise<Visits> {
  if (parameters.get('framework') === 'vue') return (await import('./vue.ts')).createVisits(hub, element);
  return (await import('./react.tsx')).createVisits(hub, element, parameters.has('strict'));
}
