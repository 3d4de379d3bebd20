/** A WebSocket frame of a server, unmasked and whole; `ws` writes only frames that are not to be cut. */
export function frameOf(data: string | Uint8Array): Buffer {
  const payload = Buffer.from(data);
  return Buffer.concat([Buffer.of(typeof data === 'string' ? 0x81 : 0x82), lengthOf(payload), payload]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 126) return Buffer.of(length);
  const extended = Buffer.alloc(length < 0x10000 ? 3 : 9, length < 0x10000 ? 126 : 127);
  if (length < 0x10000) extended.writeUInt16BE(length, 1);
  else extended.writeBigUInt64BE(BigInt(length), 1);
  return extended;
}
