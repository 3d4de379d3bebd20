/// <reference types="node" />
import { closed, createTranscript } from './raw-link.ts';
import type { Address, RawLink } from './raw-link.ts';

/** Server-sent events down, POSTs up. Rejects with the status where the stream is refused. */
export async function openEventStream({ url, headers, fetch, ...ids }: Address): Promise<RawLink> {
  const transcript = createTranscript();
  const aborter = new AbortController();
  const { signal } = aborter;
  const response = await fetch(url, { headers: { ...headers, Accept: 'text/event-stream' }, signal });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`.trim());

  let bytes = '';
  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
        const came = decoder.decode(chunk, { stream: true });
        bytes += came;
        text += came;
        const events = text.split('\r\n\r\n');
        text = events.pop() ?? '';
        for (const event of events) transcript.data(dataOf(event));
      }
      transcript.end(closed);
    } catch {
      transcript.end('broken');
    }
  }
  void read(response.body!);

  return {
    ...ids,
    received: transcript.received,
    get ended() {
      return transcript.ended;
    },
    get bytes() {
      return bytes;
    },
    send: (data) => post(fetch, url, headers, data),
    until: transcript.until,
    untilEnded: transcript.untilEnded,
    async close() {
      return (await fetch(url, { method: 'DELETE', headers })).status;
    },
    kill() {
      aborter.abort();
      transcript.end('killed');
    },
  };
}

/** Lines of one event; what is no data (the comment that opens the stream) is not shown. */
function dataOf(event: string): string {
  return event
    .split('\r\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))
    .join('\n');
}

export async function post(
  fetch: Address['fetch'],
  url: string,
  headers: Record<string, string>,
  data: string | Uint8Array,
): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      ...headers,
      'Content-Type': typeof data === 'string' ? 'text/plain;charset=UTF-8' : 'application/octet-stream',
    },
    body: data as BodyInit,
  });
  await response.arrayBuffer();
  return response.status;
}
