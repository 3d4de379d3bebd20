import type { HubRequest, HubResponse } from '../api/http.ts';
import { absoluteUrl } from './address.ts';
import type { Address } from './address.ts';
import { toHubRequest, toResponse } from './exchange.ts';

export interface FetchHost {
  readonly address: Address;
  handleRequest(request: HubRequest): Promise<HubResponse | null>;
  /** For other addresses; undefined: nothing listens there. */
  readonly others: typeof globalThis.fetch | undefined;
}

export function createFetch(host: FetchHost): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = absoluteUrl(input instanceof Request ? input.url : input);
    if (!host.address.owns(url)) {
      if (host.others) return host.others(input, init);
      throw refused(url);
    }
    // Kept apart: a Request of Node takes no signal of jsdom.
    const { signal: given, ...rest } = init;
    const signal = given ?? (input instanceof Request ? input.signal : null);
    signal?.throwIfAborted();
    const client = new AbortController();
    const leave = (): void => client.abort(signal?.reason);
    signal?.addEventListener('abort', leave);
    const request = new Request(input instanceof Request ? input : url, rest);
    const answer = await orAborted(host.handleRequest(await toHubRequest(request, client.signal)), client.signal);
    if (!answer) throw refused(url);
    const response = toResponse(answer, client);
    Object.defineProperty(response, 'url', { value: request.url });
    return response;
  };
}

/** The answer, unless the client gives up first. */
function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    // The body may still be a stream: only the wait for the answer is over.
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What Node's fetch rejects with where nothing listens. */
function refused({ host }: URL): TypeError {
  const cause = Object.assign(new Error(`connect ECONNREFUSED ${host}`), { code: 'ECONNREFUSED' });
  return new TypeError('fetch failed', { cause });
}
