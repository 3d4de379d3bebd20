import type { HubRequest, HubResponse } from '../api/http.ts';

/** A request of the platform, as the hub takes it. */
export async function toHubRequest(request: Request, signal: AbortSignal): Promise<HubRequest> {
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: new Uint8Array(await request.arrayBuffer()),
    signal,
  };
}

/** An answer of the hub, as the platform has it. @param client aborts when the client has lost interest; aborted here when it cancels the body. */
export function toResponse({ status, headers, body }: HubResponse, client: AbortController): Response {
  // An empty text would bring a Content-Type of its own.
  const isEmpty = body === '' || [204, 205, 304].includes(status);
  const content = body instanceof ReadableStream ? followed(body, client) : body;
  return new Response(isEmpty ? null : (content as BodyInit), { status, statusText: reasons[status] ?? '', headers });
}

/** As HTTP/1.1 brings them; SignalR's client shows them in the error of a start that was refused. */
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The stream, ended from either side: by a client that aborts its request, or cancels what is left of the answer. */
function followed(stream: ReadableStream<Uint8Array>, client: AbortController): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let left = false;
  // A source that has errored already has nothing to cancel.
  const leave = (): Promise<void> => {
    left = true;
    return reader.cancel().catch(() => undefined);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        client.signal.addEventListener('abort', () => {
          if (left) return;
          controller.error(client.signal.reason);
          void leave();
        });
      },
      async pull(controller) {
        const { done, value } = await reader.read();
        if (left) return;
        if (!done) return controller.enqueue(value);
        left = true;
        controller.close();
      },
      cancel() {
        const cancelled = leave();
        client.abort();
        return cancelled;
      },
    },
    // An error throws away what nobody has read yet: so nothing is read ahead.
    { highWaterMark: 0 },
  );
}
