import type { InProcess, InProcessOptions } from '../api/in-process.ts';
import type { Entrances } from '../entrances/entrances.ts';
import type { Clock } from '../platform/clock.ts';
import { createAddress } from './address.ts';
import { createEventSourceClass } from './event-source.ts';
import { createFetch } from './fetch.ts';
import { createHttpClient } from './http-client.ts';
import { createWebSocketClass } from './web-socket.ts';

/** The platform's ways to a server, led to the hub's doors without a network. */
export function createInProcess(
  { handleRequest, handleUpgrade }: Entrances,
  clock: Clock,
  { url, others = {} }: InProcessOptions,
): InProcess {
  const address = createAddress(url);
  const fetch = createFetch({ address, handleRequest, others: others.fetch });
  return {
    url: address.url,
    fetch,
    WebSocket: createWebSocketClass({ address, handleUpgrade, others: others.WebSocket }),
    EventSource: createEventSourceClass({ address, clock, fetch, others: others.EventSource }),
    httpClient: createHttpClient(fetch, clock),
  };
}
