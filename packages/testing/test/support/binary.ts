import type { HubContract, TestHub } from '../../src/index.ts';

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A WebSocket by the hub's own entrance. The log holds each frame, a binary one in hexadecimal, then `closed 1000`. */
export async function binaryClient(hub: Pick<TestHub<HubContract>, 'handleUpgrade'>): Promise<{
  log: string[];
  send(frame: string | Uint8Array): void;
  /** Resolves when the log has this many entries. */
  until(count: number): Promise<string[]>;
}> {
  const answer = await hub.handleUpgrade({ method: 'GET', url: '/hub' });
  if (!answer?.accepted) throw new Error('The upgrade was refused.');
  const log: string[] = [];
  let wake: () => void = () => undefined;
  const add = (entry: string): void => {
    log.push(entry);
    wake();
  };
  const incoming = answer.accept({
    send: (data) => add(typeof data === 'string' ? data : hexadecimal(data)),
    close(code) {
      add(`closed ${code}`);
      incoming.closed(code);
    },
    terminate: () => add('closed 1006'),
  });
  return {
    log,
    send: (frame) => incoming.message(frame),
    async until(count) {
      while (log.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return log;
    },
  };
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
