/** What an app may send through a WebSocket. */
export type SocketData = string | Blob | ArrayBufferLike | ArrayBufferView<ArrayBufferLike>;

/** As the hub reads it. A copy: the app may go on with its buffer. */
export function fromSocket(data: SocketData): string | Uint8Array | Promise<Uint8Array> {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (data instanceof Blob) return data.arrayBuffer().then((buffer) => new Uint8Array(buffer));
  return new Uint8Array(data).slice();
}

/** As the app hears it, which has said how it wants bytes. */
export function toSocket(data: string | Uint8Array, binaryType: BinaryType): string | ArrayBuffer | Blob {
  if (typeof data === 'string') return data;
  const bytes = data.slice();
  return binaryType === 'blob' ? new Blob([bytes]) : bytes.buffer;
}
