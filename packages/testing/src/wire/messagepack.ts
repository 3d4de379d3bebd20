import { MessageType, NullLogger } from '@microsoft/signalr';
import type { CloseMessage, HubMessage, IHubProtocol } from '@microsoft/signalr';
import { concat, toBytes } from './bytes.ts';
import { exception, invalidData } from './exceptions.ts';
import { createFrameReader, writeFrame } from './frames.ts';
import type { MessageReader, ServerProtocol } from './server-protocol.ts';

/**
 * The server's end of `@microsoft/signalr-protocol-msgpack`, which is handed in and brings the decoder: the app's extension types and limits count here
 * too, and this package needs no MessagePack of its own.
 */
export function messagePackProtocol(protocol: IHubProtocol): ServerProtocol {
  return {
    name: protocol.name,
    version: protocol.version,
    transferFormat: protocol.transferFormat,
    bindingError: (position) => `Error binding argument ${position}.`,
    createReader: (maximumSize) => createReader(protocol, maximumSize),
    write: (message) =>
      message.type === MessageType.Close
        ? writeClose(message)
        : new Uint8Array(protocol.writeMessage(message) as ArrayBuffer),
  };
}

function createReader(protocol: IHubProtocol, maximumSize: number): MessageReader {
  const frames = createFrameReader(maximumSize);
  return {
    *read(chunk) {
      for (const payload of frames.read(toBytes(chunk))) {
        const message = toMessage(decode(protocol, payload));
        if (message) yield message;
      }
    },
  };
}

/** `[2, {}, "", …]`: a stream item, but for its item. */
const streamItem = new Uint8Array([0x94, MessageType.StreamItem, 0x80, 0xa0]);

/** The client's parser skips what only servers hear, but an item may be anything: a message in place of the item comes out as its bare fields. */
function decode(protocol: IHubProtocol, payload: Uint8Array): unknown {
  try {
    const [message] = protocol.parseMessages(
      writeFrame(concat(streamItem, payload)).buffer as ArrayBuffer,
      NullLogger.instance,
    );
    return message?.type === MessageType.StreamItem ? message.item : null;
  } catch (error) {
    throw exception('MessagePackSerializationException', error instanceof Error ? error.message : String(error));
  }
}

/** The checks and texts of ASP.NET Core; null for a type that this server does not know, which is skipped. */
function toMessage(fields: unknown): HubMessage | null {
  if (!Array.isArray(fields)) throw exception('MessagePackSerializationException', 'A message is an array.');
  const type: unknown = fields[0];
  if (!Number.isInteger(type)) throw invalidData("Reading 'messageType' as Int32 failed.");
  switch (type) {
    case MessageType.Invocation: {
      checkHeaders(fields[1]);
      // No id is written as an empty string, or as nil.
      const invocationId = string(fields[2], 'invocationId');
      return {
        type: MessageType.Invocation,
        ...(invocationId ? { invocationId } : {}),
        ...call(fields, 'Invocation'),
      };
    }
    case MessageType.StreamInvocation:
      return {
        type: MessageType.StreamInvocation,
        invocationId: id(fields, 'StreamInvocation'),
        ...call(fields, 'StreamInvocation'),
      };
    case MessageType.StreamItem:
      return { type: MessageType.StreamItem, invocationId: id(fields, 'StreamItem'), item: fields[3] };
    case MessageType.Completion:
      return { type: MessageType.Completion, invocationId: id(fields, 'Completion'), ...outcome(fields) };
    case MessageType.CancelInvocation:
      return { type: MessageType.CancelInvocation, invocationId: id(fields, 'CancelInvocation') };
    case MessageType.Ping:
      return { type: MessageType.Ping };
    case MessageType.Close: {
      const error = string(fields[1], 'error');
      return { type: MessageType.Close, ...(error === null ? {} : { error }) };
    }
    default:
      return null;
  }
}

function call(fields: unknown[], kind: string): { target: string; arguments: unknown[]; streamIds: string[] } {
  return {
    target: filled(string(fields[3], 'target'), `target for ${kind} message`),
    arguments: array(fields[4], 'arguments'),
    // Older clients send five fields.
    streamIds:
      fields.length > 5
        ? array(fields[5], 'streamIds').map((value) =>
            filled(string(value, 'streamIds'), 'value in streamIds received'),
          )
        : [],
  };
}

function outcome(fields: unknown[]): { error?: string; result?: unknown } {
  switch (fields[3]) {
    case 1:
      return { error: string(fields[4], 'error') ?? '' };
    case 2:
      return {};
    case 3:
      return { result: fields[4] };
    default:
      throw invalidData('Invalid invocation result kind.');
  }
}

function id(fields: unknown[], kind: string): string {
  checkHeaders(fields[1]);
  return filled(string(fields[2], 'invocationId'), `invocation ID for ${kind} message`);
}

function checkHeaders(value: unknown): void {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return;
  throw invalidData("Reading map length for 'headers' failed.");
}

function string(value: unknown, field: string): string | null {
  if (value === null || typeof value === 'string') return value;
  throw invalidData(`Reading '${field}' as String failed.`);
}

function filled(value: string | null, what: string): string {
  if (value) return value;
  throw invalidData(`Null or empty ${what}.`);
}

function array(value: unknown, field: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidData(`Reading array length for '${field}' failed.`);
}

/** `[7, error, allowReconnect]`: the client's protocol writes a Close without either. */
function writeClose({ error, allowReconnect = false }: CloseMessage): Uint8Array {
  const reason = error ? writeString(error) : new Uint8Array([0xc0]);
  return writeFrame(
    concat(new Uint8Array([0x93, MessageType.Close]), reason, new Uint8Array([allowReconnect ? 0xc3 : 0xc2])),
  );
}

/** Its length in 32 bits, which every decoder takes for any length. */
function writeString(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const header = new DataView(new ArrayBuffer(5));
  header.setUint8(0, 0xdb);
  header.setUint32(1, bytes.length);
  return concat(new Uint8Array(header.buffer), bytes);
}
