import type { Clock } from '../platform/clock.ts';
import type { Faults } from '../server/faults.ts';
import type { HubSocket, HubSocketEvents } from '../api/http.ts';
import { toBytes } from '../wire/bytes.ts';
import type { WireData } from '../wire/server-protocol.ts';

/** A socket seen through the hub's faults: late when there is a delay, and silent both ways while frozen. */
export interface Pipe {
  send(data: string | Uint8Array): void;
  /** @param patience ms, from when the Close has left: a client that has not answered it by then loses its socket */
  close(code: number, patience: number): void;
  terminate(): void;
  /** The socket dies when this many more bytes have left. Returns what lifts it. */
  cutAfter(bytes: number): () => void;
  /** What the owner of the socket calls. */
  readonly incoming: HubSocketEvents;
}

interface Receiver {
  message(data: string | Uint8Array): void;
  /** Once; `clean`: with a Close frame. */
  closed(clean: boolean): void;
  /** The client has nothing more to say, but can still be told something. */
  left(): void;
}

interface Leaving {
  run(): void;
  /** Null when it is late no longer. */
  cancelWait: (() => void) | null;
}

export function createPipe(socket: HubSocket, faults: Faults, clock: Clock, receiver: Receiver): Pipe {
  const outgoing: Leaving[] = [];
  const incoming: (() => void)[] = [];
  let open = true;
  let limit: { bytesLeft: number } | null = null;
  let cancelPatience: (() => void) | null = null;

  const flush = (): void => {
    while (open && !faults.frozen && outgoing[0] && !outgoing[0].cancelWait) outgoing.shift()!.run();
  };
  const leave = (run: () => void): void => {
    if (!open) return;
    // A timer each, and no time of day, which may be set back. Whoever is first holds up the others: the order is kept when
    // a delay is lifted.
    const leaving: Leaving = { run, cancelWait: null };
    outgoing.push(leaving);
    if (faults.delay <= 0) return flush();
    leaving.cancelWait = clock.after(faults.delay, () => {
      leaving.cancelWait = null;
      flush();
    });
  };
  const arrive = (run: () => void): void => {
    if (faults.frozen) incoming.push(run);
    else run();
  };
  const shut = (clean: boolean): void => {
    if (!open) return;
    open = false;
    offIce();
    cancelPatience?.();
    for (const { cancelWait } of outgoing.splice(0)) cancelWait?.();
    incoming.length = 0;
    receiver.closed(clean);
  };
  const terminate = (): void => {
    if (!open) return;
    socket.terminate();
    shut(false);
  };
  const deliver = (data: WireData): void => {
    const size = limit ? toBytes(data).length : 0;
    if (!limit || size < limit.bytesLeft) {
      if (limit) limit.bytesLeft -= size;
      return socket.send(data);
    }
    if (!socket.cut) return terminate();
    socket.cut(data, limit.bytesLeft);
    shut(false);
  };
  const offIce = faults.onIce((frozen) => {
    if (frozen) return socket.pause?.();
    socket.resume?.();
    for (const run of incoming.splice(0)) run();
    flush();
  });
  if (faults.frozen) socket.pause?.();

  return {
    send: (data) => leave(() => deliver(data)),
    close: (code, patience) =>
      leave(() => {
        socket.close(code);
        // A frozen hub closes nothing, nor does one whose client has answered by now.
        if (open) cancelPatience = clock.after(patience, () => void faults.whenThawed().then(terminate));
      }),
    terminate,
    cutAfter(bytes) {
      if (bytes <= 0) terminate();
      const own = { bytesLeft: bytes };
      limit = own;
      return () => {
        if (limit === own) limit = null;
      };
    },
    incoming: {
      message: (data) => arrive(() => open && receiver.message(data)),
      left: () => arrive(() => open && receiver.left()),
      closed: (code = 1006) => arrive(() => shut(code !== 1006)),
    },
  };
}
