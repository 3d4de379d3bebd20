import { AbortError, HttpClient, HttpError, HttpResponse, TimeoutError } from '@microsoft/signalr';
import type { HttpRequest } from '@microsoft/signalr';
import type { Clock } from '../platform/clock.ts';

/** SignalR's own client takes the global `fetch`, and loads a cookie jar in Node; this one does neither. */
export function createHttpClient(fetch: typeof globalThis.fetch, clock: Clock): HttpClient {
  return new FetchClient(fetch, clock);
}

class FetchClient extends HttpClient {
  readonly #fetch: typeof globalThis.fetch;
  readonly #clock: Clock;

  constructor(fetch: typeof globalThis.fetch, clock: Clock) {
    super();
    this.#fetch = fetch;
    this.#clock = clock;
  }

  override async send(request: HttpRequest): Promise<HttpResponse> {
    const { method = 'GET', url = '', content, headers, abortSignal, timeout, responseType } = request;
    if (abortSignal?.aborted) throw new AbortError();
    const stop = new AbortController();
    if (abortSignal) abortSignal.onabort = () => stop.abort(new AbortError());
    const cancelTimer = timeout ? this.#clock.after(timeout, () => stop.abort(new TimeoutError())) : undefined;
    try {
      const response = await this.#fetch(url, {
        method,
        headers: { 'X-Requested-With': 'XMLHttpRequest', ...headers },
        // SignalR says '' where it means no body.
        ...(content ? { body: content } : {}),
        signal: stop.signal,
      });
      const { ok, status, statusText } = response;
      if (!ok) throw new HttpError((await response.text()) || statusText, status);
      const body = responseType === 'arraybuffer' ? await response.arrayBuffer() : await response.text();
      return new HttpResponse(status, statusText, body as string);
    } finally {
      cancelTimer?.();
      if (abortSignal) abortSignal.onabort = null;
    }
  }
}
