import { MessageType, NullLogger, TransferFormat } from '@microsoft/signalr';
import type { HubMessage, IHubProtocol } from '@microsoft/signalr';
import { toBytes } from './bytes.ts';
import { readJsonMessage } from './json-messages.ts';
import { messagePackProtocol } from './messagepack.ts';
import { createRecordReader } from './records.ts';

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

function createJsonReader(maximumSize: number): MessageReader {
  const records = createRecordReader(maximumSize);
  return {
    *read(chunk) {
      for (const record of records.read(chunk)) {
        const message = readJsonMessage(record);
        if (message) yield message;
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
