import { MessageType } from '@microsoft/signalr';
import type { HubMessage } from '@microsoft/signalr';
import { invalidData } from './exceptions.ts';

type Fields = Record<string, unknown>;

/** A JSON object, refused with ASP.NET Core's texts. */
export function readJsonObject(record: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(record);
  } catch {
    throw invalidData('Error reading JSON.');
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  throw invalidData(`Unexpected JSON Token Type '${tokenType(value)}'. Expected a JSON Object.`);
}

/** What a client may send; null for a type that this server does not know. */
export function readJsonMessage(record: string): HubMessage | null {
  const fields = readJsonObject(record);
  if (!('type' in fields)) throw invalidData("Missing required property 'type'.");
  if (typeof fields.type !== 'number') throw invalidData("Expected 'type' to be of type Number.");
  const id = optionalString(fields, 'invocationId');
  const error = optionalString(fields, 'error');
  const streamIds = fields.streamIds === undefined ? [] : array(fields, 'streamIds').map(String);

  switch (fields.type) {
    case MessageType.Invocation:
      return {
        type: MessageType.Invocation,
        ...(id === undefined ? {} : { invocationId: id }),
        target: required(optionalString(fields, 'target'), 'target'),
        arguments: array(fields, 'arguments'),
        streamIds,
      };
    case MessageType.StreamInvocation:
      return {
        type: MessageType.StreamInvocation,
        invocationId: required(id, 'invocationId'),
        target: required(optionalString(fields, 'target'), 'target'),
        arguments: array(fields, 'arguments'),
        streamIds,
      };
    case MessageType.StreamItem:
      return { type: MessageType.StreamItem, invocationId: required(id, 'invocationId'), item: fields.item };
    case MessageType.Completion:
      if (error !== undefined && 'result' in fields) {
        throw invalidData("The 'error' and 'result' properties are mutually exclusive.");
      }
      return {
        type: MessageType.Completion,
        invocationId: required(id, 'invocationId'),
        ...(error === undefined ? {} : { error }),
        ...('result' in fields ? { result: fields.result } : {}),
      };
    case MessageType.CancelInvocation:
      return { type: MessageType.CancelInvocation, invocationId: required(id, 'invocationId') };
    case MessageType.Ping:
      return { type: MessageType.Ping };
    case MessageType.Close:
      return { type: MessageType.Close, ...(error === undefined ? {} : { error }) };
    // Of stateful reconnect, which this hub does not offer: nobody minds them.
    case MessageType.Ack:
      return { type: MessageType.Ack, sequenceId: Number(fields.sequenceId) };
    case MessageType.Sequence:
      return { type: MessageType.Sequence, sequenceId: Number(fields.sequenceId) };
    default:
      return null;
  }
}

function optionalString(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidData(`Expected '${name}' to be of type String.`);
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw invalidData(`Missing required property '${name}'.`);
  return value;
}

function array(fields: Fields, name: string): unknown[] {
  const value = fields[name];
  if (value === undefined) throw invalidData(`Missing required property '${name}'.`);
  if (!Array.isArray(value)) throw invalidData(`Expected '${name}' to be of type Array.`);
  return value;
}

function tokenType(value: unknown): string {
  if (value === null) return 'Null';
  if (Array.isArray(value)) return 'Array';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  const type = typeof value;
  return type.charAt(0).toUpperCase() + type.slice(1);
}
