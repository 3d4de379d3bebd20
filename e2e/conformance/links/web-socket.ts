/// <reference types="node" />
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import { closed, createTranscript } from './raw-link.ts';
import type { Address, RawLink } from './raw-link.ts';

export function openWebSocket(address: Address): Promise<RawLink> {
  return address.WebSocket ? openInProcess(address, address.WebSocket) : openOnPort(address);
}

/** Rejects with the status where the upgrade is refused. */
async function openOnPort({ url, headers, connectionId, connectionToken }: Address): Promise<RawLink> {
  const transcript = createTranscript();
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
  socket.on('message', (data: RawData, isBinary) =>
    transcript.data(isBinary ? `binary: ${(data as Buffer).toString('hex')}` : (data as Buffer).toString('utf8')),
  );
  socket.on('close', (code) => transcript.end(code === 1000 ? closed : `${closed} ${code}`));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => reject(new Error(`${response.statusCode} ${body}`.trim())));
    });
  });
  return {
    connectionId,
    connectionToken,
    received: transcript.received,
    get ended() {
      return transcript.ended;
    },
    send: (data) => new Promise((resolve) => socket.send(data, () => resolve(0))),
    until: transcript.until,
    untilEnded: transcript.untilEnded,
    async close(code = 1000) {
      socket.close(code);
      await transcript.untilEnded();
      return 0;
    },
    kill() {
      socket.terminate();
    },
  };
}

/** A socket as browsers have it: it shows no status of a refusal, and cannot die without a word. */
async function openInProcess(
  { url, headers, connectionId, connectionToken }: Address,
  WebSocket: NonNullable<Address['WebSocket']>,
): Promise<RawLink> {
  const transcript = createTranscript();
  const socket = new WebSocket(url.replace(/^http/, 'ws'), [], { headers });
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
    transcript.data(typeof data === 'string' ? data : `binary: ${Buffer.from(data).toString('hex')}`);
  socket.onclose = ({ code }) => transcript.end(code === 1000 ? closed : `${closed} ${code}`);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error('refused'));
  });
  return {
    connectionId,
    connectionToken,
    received: transcript.received,
    get ended() {
      return transcript.ended;
    },
    send(data) {
      socket.send(data as string);
      return Promise.resolve(0);
    },
    until: transcript.until,
    untilEnded: transcript.untilEnded,
    async close(code = 1000) {
      socket.close(code);
      await transcript.untilEnded();
      return 0;
    },
    /** It goes away, which is the most that a page can do. */
    kill() {
      socket.close();
    },
  };
}
