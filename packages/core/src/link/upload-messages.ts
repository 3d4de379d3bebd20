import { type HubMessage, MessageType } from '@microsoft/signalr';
import { type Link, writing } from './link.js';

/**
 * Uploads on messages of our own. What SignalR’s client does with a Subject cannot be used: each item that it fails to
 * send becomes an unhandled rejection (which ends a Node process), it never tells when an item is on its way, it goes on
 * without a connection, and of two Subjects side by side it takes the second one for an argument (10.0.11).
 */
export interface UploadMessages {
  /** Stands for the upload among the arguments of the call. */
  readonly argument: unknown;
  /** Resolves when the item is on its way. @throws HubError */
  item(item: unknown): Promise<void>;
  /** No more items; with an error, the hub method gets that. */
  complete(error?: string): Promise<void>;
}

/** In place of the argument the message names the stream. */
class Marker {
  constructor(readonly id: string) {}
}

/** A message in place of the call that brings it. */
class Carried {
  constructor(readonly message: object) {}
}

let uploads = 0;

export function openUpload(link: Link, method: string): UploadMessages {
  writing.rewrite = rewrite;
  // SignalR numbers its calls on the link.
  const invocationId = `upload-${++uploads}`;
  const send = (message: object): Promise<void> => link.send(method, [new Carried({ invocationId, ...message })]);
  return {
    argument: new Marker(invocationId),
    item: (item) => send({ type: MessageType.StreamItem, item }),
    complete: (error) => send({ type: MessageType.Completion, ...(error !== undefined && { error }) }),
  };
}

function rewrite(message: HubMessage): HubMessage {
  if (!('arguments' in message)) return message;
  const [first] = message.arguments;
  if (first instanceof Carried) return first.message as HubMessage;
  const markers = message.arguments.filter((arg): arg is Marker => arg instanceof Marker);
  if (!markers.length) return message;
  return {
    ...message,
    arguments: message.arguments.filter((arg) => !(arg instanceof Marker)),
    streamIds: markers.map(({ id }) => id),
  };
}
