import { MessageType, NullLogger, TransferFormat } from '@microsoft/signalr';
import type { HubMessage, IHubProtocol } from '@microsoft/signalr';
import { toBytes } from './bytes.ts';
import { readJsonMessage } from './json-messages.ts';
import { messagePackProtocol } from './messagepack.ts';
import { createRecordReader, messageTooLong, recordSeparator } from './records.ts';

/** The hub reads both, whatever the protocol: Kestrel does not look whether a frame is marked as text or as binary. */
export type WireData = string | Uint8Array;

/** Reads one connection's chunks; messages come one by one, so those before a broken one are still served. */
export interface MessageReader {
  read(chunk: WireData): Iterable<HubMessage>;
}

/** An IHubProtocol as the server's end uses it. */
export interface ServerProtocol {
  readonly name: string;
  readonly version: number;
  readonly transferFormat: TransferFormat;
  /** What the argument binder says of a value of the wrong type. @param position from 1 */
  bindingError(position: number): string;
  /** @param maximumSize bytes of one message */
  createReader(maximumSize: number): MessageReader;
  write(message: HubMessage): WireData;
}

/**
 * The protocols of @microsoft/signalr are written for clients: they skip what only servers receive (stream invocations, cancellations, the ids of
 * uploads), and they write no reason into a Close. So JSON and MessagePack are read by our own parsers, with the checks of ASP.NET Core. Any other protocol
 * is trusted to read all that a server hears, from chunks that hold whole messages.
 */
export function serverProtocol(protocol: IHubProtocol): ServerProtocol {
  if (protocol.name === 'messagepack' && protocol.transferFormat === TransferFormat.Binary) {
    return messagePackProtocol(protocol);
  }
  const isJson = protocol.name === 'json' && protocol.transferFormat === TransferFormat.Text;
  return {
    name: protocol.name,
    version: protocol.version,
    transferFormat: protocol.transferFormat,
    bindingError: () => 'Error binding arguments.',
    createReader: (maximumSize) => (isJson ? createJsonReader(maximumSize) : createForeignReader(protocol)),
    write(message) {
      const data = protocol.writeMessage(message);
      return typeof data === 'string' ? data : new Uint8Array(data);
    },
  };
}

/**
 * Measured: a message of a type that ASP.NET Core does not know is no whole message to it. Without a limit it is skipped, and what came in the same read
 * waits for the next; with one it stays at the head of the buffer, nothing behind it is ever served, and the limit ends the connection once it is passed.
 */
function createJsonReader(maximumSize: number): MessageReader {
  const records = createRecordReader(maximumSize);
  let unread: number | null = null;
  const pile = (bytes: number): void => {
    unread = (unread ?? 0) + bytes;
    if (unread > maximumSize) throw messageTooLong(maximumSize);
  };
  return {
    *read(chunk) {
      if (unread !== null) return pile(toBytes(chunk).length);
      for (const record of records.read(chunk)) {
        const message = readJsonMessage(record);
        if (message) yield message;
        else if (maximumSize === Infinity) return;
        else return pile(toBytes(record + recordSeparator + records.rest).length);
      }
    },
  };
}

function createForeignReader(protocol: IHubProtocol): MessageReader {
  const decoder = new TextDecoder();
  return {
    *read(chunk) {
      const bytes = toBytes(chunk);
      if (bytes.length === 0) return;
      const isText = protocol.transferFormat === TransferFormat.Text;
      const input = isText ? decoder.decode(bytes, { stream: true }) : bytes.slice().buffer;
      yield* protocol.parseMessages(input, NullLogger.instance);
    },
  };
}

/** Pings and Closes are made in several places; their shape is not. */
export const pingMessage: HubMessage = { type: MessageType.Ping };

export function closeMessage(fields: { error?: string; allowReconnect?: true }): HubMessage {
  return { type: MessageType.Close, ...fields };
}
