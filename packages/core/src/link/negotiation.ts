import { type HttpClient, type HttpRequest, TimeoutError } from '@microsoft/signalr';
import { after } from '../platform/clock.js';
import type { Failure } from './failure.js';

/**
 * SignalR’s HTTP requests pass through here, because nobody else sees a status or a header: its own client turns a failed
 * negotiate into a text. One for each link.
 */
export interface RecordingHttpClient extends Pick<HttpClient, 'send' | 'getCookieString'> {
  /** The last answer that was a refusal. */
  failure: Failure | null;
  /** What negotiate answered, as it came; more than once where a transport failed, or another server was named. */
  readonly offers: unknown[];
  /** Ends every request under way. */
  abort(): void;
}

export function createHttpClient(
  extraHeaders: Record<string, string> | undefined,
  fetch: typeof globalThis.fetch,
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
      headers,
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
          headers: { 'X-Requested-With': 'XMLHttpRequest', ...extraHeaders, ...headers },
          body: content || null,
          cache: 'no-cache',
          credentials: withCredentials ? 'include' : 'same-origin',
          signal: stop.signal,
        });
        const { ok, status } = response;
        if (!ok) throw (client.failure = refusal(response)).cause;
        const answer = await (responseType === 'arraybuffer' ? response.arrayBuffer() : response.text());
        // Only negotiate is sent with nothing in it. Not told by its address: a redirect may name any.
        if (content === '') client.offers.push(answer);
        return { statusCode: status, content: answer };
      } finally {
        cancelTimer();
        underWay.delete(stop);
      }
    },
  };
  return client;
}

function refusal(response: Response): Failure {
  const { status } = response;
  return { kind: 'status', status, response, cause: new Error(`HTTP ${status}`) };
}
