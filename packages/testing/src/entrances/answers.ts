import type { HubResponse } from '../api/http.ts';
import type { WireData } from '../wire/server-protocol.ts';

export function json(body: object): HubResponse {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

export function text(status: number, body: string): HubResponse {
  return { status, headers: { 'Content-Type': 'text/plain' }, body };
}

/** Nothing on the way may keep the answer of a poll. Every answer to its GET has them, the errors as well. */
export function uncached(response: HubResponse): HubResponse {
  const headers = {
    'Cache-Control': 'no-cache, no-store',
    Pragma: 'no-cache',
    Expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
  };
  return { ...response, headers: { ...response.headers, ...headers } };
}

/** A body that ends too early: these bytes, and then the connection dies. */
export function brokenOff(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream<Uint8Array>(
    {
      // An error throws away what nobody has read yet, so it waits to be asked for.
      pull(controller) {
        if (sent) return controller.error(connectionDied());
        sent = true;
        controller.enqueue(bytes);
      },
    },
    { highWaterMark: 0 },
  );
}

/** `fetch` reports a lost connection as a TypeError. */
export function connectionDied(): TypeError {
  return new TypeError('The connection died.');
}

export function byteLength(data: WireData): number {
  return typeof data === 'string' ? new TextEncoder().encode(data).length : data.length;
}
