/// <reference types="node" />
import { post } from './event-stream.ts';
import { closed, createTranscript } from './raw-link.ts';
import type { Address, RawLink } from './raw-link.ts';

/** Polls one after the other, POSTs up. Rejects with the status where the first poll is refused. */
export async function openLongPolling({ url, headers, fetch, ...ids }: Address): Promise<RawLink> {
  const transcript = createTranscript();
  const aborter = new AbortController();
  const { signal } = aborter;
  const first = await fetch(url, { headers, signal });
  const body = await first.text();
  if (first.status !== 200) throw new Error(`${first.status} ${body}`.trim());
  transcript.data(body);

  async function poll(): Promise<void> {
    try {
      for (;;) {
        const response = await fetch(url, { headers, signal });
        const text = await response.text();
        if (response.status === 204) return transcript.end(closed);
        if (response.status !== 200) return transcript.end(`poll ${response.status} ${text}`.trim());
        transcript.data(text);
      }
    } catch {
      transcript.end(signal.aborted ? 'killed' : 'broken');
    }
  }
  void poll();

  return {
    ...ids,
    received: transcript.received,
    get ended() {
      return transcript.ended;
    },
    send: (data) => post(fetch, url, headers, data),
    until: transcript.until,
    untilEnded: transcript.untilEnded,
    async close() {
      return (await fetch(url, { method: 'DELETE', headers })).status;
    },
    kill() {
      aborter.abort();
    },
  };
}
