import { type HttpClient, type HttpRequest, TimeoutError } from '@microsoft/signalr';
import { after } from '../platform/clock.js';
import type { Failure } from './failure.js';
import type * as Later from './later.js';

/**
 * SignalR’s HTTP requests pass through here, because nobody else sees a status or a header: its own client turns a failed
 * negotiate into a text. One for each link.
 */
export interface RecordingHttpClient extends Pick<HttpClient, 'send' | 'getCookieString'> {
  /** The last answer that was a refusal. */
  failure: Failure | null;
  /** What negotiate answered; more than once where a transport failed, or another server was named. */
  readonly offers: unknown[];
  /** Ends every request under way. */
  abort(): void;
}

/** Negotiate may send a client elsewhere, as Azure SignalR does. */
export interface RedirectAnswer {
  url?: string;
  accessToken?: string;
}

/**
 * @param later has what is needed to follow a redirect; without it nobody does
 * @param extraHeaders for each request within the origin of the hub
 */
export function createHttpClient(
  fetch: typeof globalThis.fetch,
  later: Promise<typeof Later | null>,
  extraHeaders: Record<string, string>,
): RecordingHttpClient {
  const underWay = new Set<AbortController>();
  const client: RecordingHttpClient = {
    failure: null,
    offers: [],
    abort() {
      for (const request of underWay) request.abort();
    },
    getCookieString: () => '',
    async send({
      method = 'GET',
      url = '',
      content,
      headers: sent,
      abortSignal,
      timeout,
      withCredentials,
      responseType,
    }: HttpRequest) {
      const stop = new AbortController();
      if (abortSignal) abortSignal.onabort = () => stop.abort();
      const cancelTimer = after(timeout ?? Infinity, () => stop.abort(new TimeoutError()));
      underWay.add(stop);
      try {
        const response = await fetch(url, {
          method,
          headers: { 'X-Requested-With': 'XMLHttpRequest', ...extraHeaders, ...sent },
          body: content || null,
          cache: 'no-cache',
          credentials: withCredentials ? 'include' : 'same-origin',
          signal: stop.signal,
        });
        const { ok, status } = response;
        if (!ok) {
          const cause = new Error(`HTTP ${status}`);
          client.failure = { kind: 'status', status, response, cause };
          throw cause;
        }
        const answer = await (responseType === 'arraybuffer' ? response.arrayBuffer() : response.text());
        // Only negotiate is sent with nothing in it. Not told by its address: a redirect may name any.
        if (content === '') {
          const offer = JSON.parse(answer as string) as RedirectAnswer;
          client.offers.push(offer);
          if (offer.url) (await later)!.follow(client, offer, url, sent, extraHeaders);
        }
        return { statusCode: status, content: answer };
      } finally {
        cancelTimer();
        underWay.delete(stop);
      }
    },
  };
  return client;
}
