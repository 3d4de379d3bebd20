import { MessageType } from '@microsoft/signalr';
import type { HubMessage } from '@microsoft/signalr';
import { exception, invalidData } from './exceptions.ts';

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
  for (const [name, value] of Object.entries(fields)) checks.get(name)?.(value, name);
  const { type, invocationId, target, error, result, item, sequenceId } = fields as KnownFields;
  const streamIds = fields.streamIds as string[] | undefined;
  const args = fields.arguments as unknown[] | undefined;

  // For some types an empty id is none; a call without one is a call that wants no answer.
  const id = (): string => required(invocationId === '' ? undefined : invocationId, 'invocationId');
  switch (required(type, 'type')) {
    case MessageType.Invocation:
      return {
        type: MessageType.Invocation,
        ...(invocationId === undefined ? {} : { invocationId }),
        target: required(target, 'target'),
        arguments: required(args, 'arguments'),
        streamIds: streamIds ?? [],
      };
    case MessageType.StreamInvocation:
      return {
        type: MessageType.StreamInvocation,
        invocationId: id(),
        target: required(target, 'target'),
        arguments: required(args, 'arguments'),
        streamIds: streamIds ?? [],
      };
    case MessageType.StreamItem: {
      const message = { type: MessageType.StreamItem, invocationId: id(), item } as const;
      required('item' in fields || undefined, 'item');
      return message;
    }
    case MessageType.Completion: {
      const message = { type: MessageType.Completion, invocationId: id() } as const;
      if (error === undefined) return 'result' in fields ? { ...message, result } : message;
      if ('result' in fields) throw invalidData("The 'error' and 'result' properties are mutually exclusive.");
      return { ...message, error };
    }
    case MessageType.CancelInvocation:
      return { type: MessageType.CancelInvocation, invocationId: id() };
    case MessageType.Ping:
      return { type: MessageType.Ping };
    case MessageType.Close:
      return { type: MessageType.Close, ...(error === undefined ? {} : { error }) };
    // Of stateful reconnect, which this hub does not offer: nobody minds them.
    case MessageType.Ack:
      return { type: MessageType.Ack, sequenceId: required(sequenceId, 'sequenceId') };
    case MessageType.Sequence:
      return { type: MessageType.Sequence, sequenceId: required(sequenceId, 'sequenceId') };
    default:
      return null;
  }
}

interface KnownFields extends Fields {
  type?: number;
  invocationId?: string;
  target?: string;
  error?: string;
  sequenceId?: number;
}

/** What ASP.NET Core says of a field that is not what it should be: while it reads, before it knows of which type the message is. */
const checks: ReadonlyMap<string, (value: unknown, name: string) => void> = new Map([
  ['type', int32],
  ['invocationId', isOf('string', 'of type String')],
  ['target', isOf('string', 'of type String')],
  ['error', isOf('string', 'of type String')],
  ['allowReconnect', isOf('boolean', 'true or false')],
  ['sequenceId', isOf('number', 'of type Number')],
  ['arguments', array],
  ['streamIds', texts],
  ['headers', headers],
]);

function isOf(type: 'string' | 'number' | 'boolean', expected: string) {
  return (value: unknown, name: string): void => {
    if (typeof value !== type) throw invalidData(`Expected '${name}' to be ${expected}.`);
  };
}

/** A number as .NET reads it into an `int`, with the words for what is none. */
export function int32(value: unknown, name: string): void {
  if (typeof value !== 'number') throw invalidData(`Expected '${name}' to be of type Number.`);
  if (value === (value | 0)) return;
  const text = 'Either the JSON value is not in a supported format, or is out of bounds for an Int32.';
  throw exception('FormatException', text);
}

function array(value: unknown, name: string): void {
  if (!Array.isArray(value)) throw invalidData(`Expected '${name}' to be of type Array.`);
}

function texts(value: unknown, name: string): void {
  array(value, name);
  for (const text of value as unknown[]) {
    if (typeof text === 'string' || text === null) continue;
    const type = tokenType(text);
    throw exception('InvalidOperationException', `Cannot get the value of a token type '${type}' as a string.`);
  }
}

function headers(value: unknown, name: string): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidData(`Expected '${name}' to be of type StartObject.`);
  }
  for (const [header, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalidData(`Expected header '${header}' to be of type String.`);
  }
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw invalidData(`Missing required property '${name}'.`);
  return value;
}

function tokenType(value: unknown): string {
  if (value === null) return 'Null';
  if (Array.isArray(value)) return 'Array';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  const type = typeof value;
  return type.charAt(0).toUpperCase() + type.slice(1);
}
