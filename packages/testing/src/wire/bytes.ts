import type { WireData } from './server-protocol.ts';

export function toBytes(data: WireData): Uint8Array {
  return typeof data === 'string' ? new TextEncoder().encode(data) : data;
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
