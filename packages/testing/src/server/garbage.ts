import type { WireData } from '../wire/server-protocol.ts';

/** Nonsense for the fault `garbage`: the same for the same seed, and never a message of the protocol. */
export function createGarbage(seed: number, binary: boolean): WireData {
  const random = createRandom(seed);
  const length = 1 + Math.floor(random() * 64);
  const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
  // A length prefix that never ends is no beginning of a binary message, and `<` begins no JSON.
  if (binary) return Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, ...bytes);
  const text = Array.from(bytes, (byte) => String.fromCharCode(0x21 + (byte % 0x5e))).join('');
  // Every other one looks like a whole record.
  return `<${text}${random() < 0.5 ? '\x1e' : ''}`;
}

/** Mulberry32: 32 bits of state are enough to be unpleasant in a repeatable way. */
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
