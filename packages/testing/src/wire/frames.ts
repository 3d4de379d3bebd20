import { concat } from './bytes.ts';
import { exception } from './exceptions.ts';
import { messageTooLong } from './records.ts';

/** Puts binary messages together from chunks that may end anywhere. Each has its length in front: seven bits a byte, the lowest first. */
export interface FrameReader {
  read(chunk: Uint8Array): Iterable<Uint8Array>;
}

/** 2 GB fit in five bytes, the last of which holds three bits. */
const longestPrefix = 5;

/** @param maximumSize bytes of one message with its length */
export function createFrameReader(maximumSize: number): FrameReader {
  let rest: Uint8Array = new Uint8Array();
  return {
    *read(chunk) {
      rest = concat(rest, chunk);
      for (let frame = take(rest); frame !== null && frame.end <= maximumSize; frame = take(rest)) {
        rest = rest.subarray(frame.end);
        yield frame.payload;
      }
      if (rest.length > maximumSize) throw messageTooLong(maximumSize);
    },
  };
}

/** The first frame; null when it has not come whole. */
function take(bytes: Uint8Array): { payload: Uint8Array; end: number } | null {
  let length = 0;
  for (let index = 0; index < longestPrefix; index += 1) {
    const byte = bytes[index];
    if (byte === undefined) return null;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte & 0x80) continue;
    if (length > 0x7fff_ffff) break;
    const start = index + 1;
    // A copy: decoded byte arrays are views of it, and must not hold or share the chunk.
    return start + length > bytes.length ? null : { payload: bytes.slice(start, start + length), end: start + length };
  }
  throw exception('FormatException', 'Messages over 2GB in size are not supported.');
}

export function writeFrame(payload: Uint8Array): Uint8Array {
  const prefix: number[] = [];
  let length = payload.length;
  do {
    prefix.push((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
    length >>>= 7;
  } while (length > 0);
  return concat(new Uint8Array(prefix), payload);
}
