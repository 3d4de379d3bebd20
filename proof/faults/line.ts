/// <reference types="node" />
import type { Socket } from 'node:net';

/** What a network is like for all who are connected through it. */
export interface Conditions {
  /** What each byte takes on its way, ms. @default 0 */
  readonly delay?: number;
  /** What it may take longer, ms. Order is kept: what comes behind waits, as in TCP. @default 0 */
  readonly jitter?: number;
  /** For each connection, in each direction. @default no limit */
  readonly bytesPerSecond?: number;
  /** Bytes (and the ends of connections) that go nowhere; they are kept, and go on their way afterwards. @default neither */
  readonly stalled?: Direction | 'both';
  /** New connections are refused; those that are open stay. @default false */
  readonly refuses?: boolean;
}

/** `up`: from the client to the server. */
export type Direction = 'up' | 'down';

/** One direction of a connection. */
export interface Line {
  /** Conditions have changed. */
  look(): void;
  /** What is on its way gets lost, and whatever comes later. */
  lose(): void;
}

interface Piece {
  /** Or how the connection ends. */
  what: Buffer | 'fin' | 'rst';
  readonly arrivedAt: number;
  /** Its part of the jitter, in [0, 1). */
  readonly share: number;
}

/** Carries what `from` says to `to`, under the conditions of the moment. */
export function startLine(
  from: Socket,
  to: Socket,
  direction: Direction,
  conditions: () => Conditions,
  random: () => number,
): Line {
  const pieces: Piece[] = [];
  let timer: NodeJS.Timeout | undefined;
  let last = { at: 0, size: 0 };
  let lost = false;

  function take(what: Piece['what']): void {
    if (lost) return;
    pieces.push({ what, arrivedAt: performance.now(), share: random() });
    look();
  }

  function look(): void {
    clearTimeout(timer);
    for (let piece = pieces[0]; piece; piece = pieces[0]) {
      const { delay = 0, jitter = 0, bytesPerSecond = Infinity, stalled } = conditions();
      if (stalled === 'both' || stalled === direction) return;
      const due = Math.max(
        piece.arrivedAt + delay + jitter * piece.share,
        last.at + (1000 * last.size) / bytesPerSecond,
      );
      const wait = due - performance.now();
      if (wait > 0) {
        timer = setTimeout(look, Math.ceil(wait));
        return;
      }
      pass(piece, bytesPerSecond);
    }
  }

  function pass(piece: Piece, bytesPerSecond: number): void {
    const { what } = piece;
    if (what === 'fin') to.end();
    else if (what === 'rst') reset(to);
    else {
      // A slow line drips: a twentieth of a second at a time.
      const now = what.subarray(0, Math.max(1, bytesPerSecond / 20));
      last = { at: performance.now(), size: now.length };
      if (to.writable) to.write(now);
      piece.what = what.subarray(now.length);
      if (piece.what.length > 0) return;
    }
    pieces.shift();
  }

  from.setNoDelay(true);
  from.on('data', take);
  from.on('end', () => take('fin'));
  from.on('error', () => take('rst'));

  return {
    look,
    lose() {
      lost = true;
      clearTimeout(timer);
      pieces.length = 0;
    },
  };
}

/** With an RST. Where the end of a socket is on its way, Node 20 gives EINVAL instead, and never closes it. */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
