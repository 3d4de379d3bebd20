import { AbortError, HttpClient, HttpError, type HttpRequest, HttpResponse, TimeoutError } from '@microsoft/signalr';
import { after, now } from '../platform/clock.js';
import type { LinkFailure } from './failure.js';

/**
 * SignalR’s HTTP requests pass through here, because nobody else sees a status or a header: its own client turns a failed
 * negotiate into a text. One recorder for each link.
 */
export interface RecordingHttpClient extends HttpClient {
  /** The last answer that was a refusal, or null. */
  failure(): LinkFailure | null;
  /** Ends every request under way. */
  abort(): void;
}

export function createHttpClient(options: { headers: Record<string, string>; fetch: typeof fetch }): RecordingHttpClient {
  return new FetchClient(options.headers, options.fetch);
}

class FetchClient extends HttpClient implements RecordingHttpClient {
  #failure: LinkFailure | null = null;
  readonly #aborted = new AbortController();
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof fetch;

  constructor(headers: Record<string, string>, fetch: typeof globalThis.fetch) {
    super();
    this.#headers = headers;
    this.#fetch = fetch;
  }

  failure(): LinkFailure | null {
    return this.#failure;
  }

  abort(): void {
    this.#aborted.abort();
  }

  override async send(request: HttpRequest): Promise<HttpResponse> {
    const stop = new AbortController();
    let timedOut = false;
    const abort = (): void => stop.abort();
    const cancelTimer = request.timeout
      ? after(request.timeout, () => {
          timedOut = true;
          abort();
        })
      : () => {};
    if (request.abortSignal) request.abortSignal.onabort = abort;
    this.#aborted.signal.addEventListener('abort', abort);
    if (this.#aborted.signal.aborted || request.abortSignal?.aborted) abort();
    try {
      const response = await this.#fetch(request.url ?? '', this.#init(request, stop.signal));
      const content = await (request.responseType === 'arraybuffer' ? response.arrayBuffer() : response.text());
      if (!response.ok) {
        const cause = new HttpError(response.statusText || `HTTP ${response.status}`, response.status);
        this.#failure = refusal(response, cause);
        throw cause;
      }
      if (isNegotiate(request) && !isJson(content)) {
        this.#failure = { kind: 'not-a-hub', cause: new Error('The answer to negotiate is not JSON.') };
      }
      return new HttpResponse(response.status, response.statusText, content);
    } catch (error) {
      // Long polling tells a poll that ran out of time from one that failed by the class of the error.
      if (timedOut) throw new TimeoutError();
      if (stop.signal.aborted) throw new AbortError();
      throw error;
    } finally {
      cancelTimer();
      if (request.abortSignal) request.abortSignal.onabort = null;
      this.#aborted.signal.removeEventListener('abort', abort);
    }
  }

  #init(request: HttpRequest, signal: AbortSignal): RequestInit {
    const { content } = request;
    return {
      method: request.method ?? 'GET',
      headers: {
        'X-Requested-With': 'XMLHttpRequest',
        ...(content ? { 'Content-Type': typeof content === 'string' ? 'text/plain;charset=UTF-8' : 'application/octet-stream' } : {}),
        ...this.#headers,
        ...request.headers,
      },
      ...(content ? { body: content } : {}),
      cache: 'no-cache',
      credentials: request.withCredentials ? 'include' : 'same-origin',
      signal,
    };
  }
}

function refusal(response: Response, cause: Error): LinkFailure {
  return {
    kind: 'status',
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    retryAfter: retryAfter(response.headers.get('retry-after')),
    cause,
  };
}

/** `Retry-After` in ms: seconds or an HTTP date (RFC 9110 §10.2.3); null where it is absent or makes no sense. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now());
}

function isNegotiate(request: HttpRequest): boolean {
  return request.method === 'POST' && /\/negotiate(\?|$)/.test(request.url ?? '');
}

function isJson(content: string | ArrayBuffer): boolean {
  try {
    return typeof JSON.parse(content as string) === 'object';
  } catch {
    return false;
  }
}
