import { MessageType, NullLogger, TransferFormat } from '@microsoft/signalr';
import type { HubMessage, IHubProtocol } from '@microsoft/signalr';
import { invalidData } from './exceptions.ts';
import { readJsonMessage } from './json-messages.ts';
import { createRecordReader } from './records.ts';

export type WireData = string | Uint8Array;

/** Reads one connection's chunks; messages come one by one, so those before a broken one are still served. */
export interface MessageReader {
  read(chunk: WireData): Iterable<HubMessage>;
}

/** An IHubProtocol as the server's end uses it. */
export interface ServerProtocol {
  readonly name: string;
  readonly version: number;
  createReader(maximumSize: number): MessageReader;
  write(message: HubMessage): WireData;
}

/**
 * The protocols of @microsoft/signalr are written for clients: their parsers skip what only servers receive (stream invocations, cancellations). So JSON
 * is read by our own parser, with the checks of ASP.NET Core; everything is written by the protocol itself. Another protocol is trusted to read.
 */
export function serverProtocol(protocol: IHubProtocol): ServerProtocol {
  const isJson = protocol.name === 'json' && protocol.transferFormat === TransferFormat.Text;
  return {
    name: protocol.name,
    version: protocol.version,
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
  return {
    *read(chunk) {
      const binary = protocol.transferFormat === TransferFormat.Binary;
      if (binary === (typeof chunk === 'string')) throw invalidData('The transfer format is not the protocol’s.');
      const input = typeof chunk === 'string' ? chunk : chunk.slice().buffer;
      yield* protocol.parseMessages(input, NullLogger.instance);
    },
  };
}

/** Pings and Closes are made in several places; their shape is not. */
export const pingMessage: HubMessage = { type: MessageType.Ping };

export function closeMessage(fields: { error?: string; allowReconnect?: true }): HubMessage {
  return { type: MessageType.Close, ...fields };
}
