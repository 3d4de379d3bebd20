const utf8 = new TextEncoder();

/** A value of JSON in MessagePack: of the spec no more than hubs send. @param worded has the last word on each text */
export function encoded(value: unknown, worded = (text: string): string => text): Uint8Array {
  const out: number[] = [];
  write(value, worded, out);
  return Uint8Array.from(out);
}

/** As hubs send it: its length before it, seven bits a byte. */
export function framed(message: Uint8Array): Uint8Array {
  const out: number[] = [];
  let { length } = message;
  do {
    out.push((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
    length >>= 7;
  } while (length > 0);
  return Uint8Array.from([...out, ...message]);
}

function write(value: unknown, worded: (text: string) => string, out: number[]): void {
  if (value === null || value === undefined) out.push(0xc0);
  else if (typeof value === 'boolean') out.push(value ? 0xc3 : 0xc2);
  else if (typeof value === 'number') writeNumber(value, out);
  else if (typeof value === 'string') {
    const bytes = utf8.encode(worded(value));
    writeLength(bytes.length, 31, 0xa0, 0xda, out);
    for (const byte of bytes) out.push(byte);
  } else if (Array.isArray(value)) {
    writeLength(value.length, 15, 0x90, 0xdc, out);
    for (const item of value) write(item, worded, out);
  } else {
    const fields = Object.entries(value as object);
    writeLength(fields.length, 15, 0x80, 0xde, out);
    for (const [name, field] of fields) {
      write(name, worded, out);
      write(field, worded, out);
    }
  }
}

function writeNumber(value: number, out: number[]): void {
  if (Number.isInteger(value) && value >= 0 && value < 0x80) return void out.push(value);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  out.push(0xcb, ...new Uint8Array(view.buffer));
}

/** Short ones in one byte, others (up to four) with a byte before them: 16 bits, or 32 with the next byte. */
function writeLength(length: number, most: number, short: number, long: number, out: number[]): void {
  if (length <= most) out.push(short + length);
  else if (length < 0x10000) out.push(long, length >> 8, length & 255);
  else out.push(long + 1, length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255);
}
