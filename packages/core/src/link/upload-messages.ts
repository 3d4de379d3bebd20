import { type HubMessage, MessageType } from '@microsoft/signalr';
import type { Link } from './link.js';

/**
 * Uploads on messages of our own. What SignalR’s client does with a Subject cannot be used: each item that it fails to
 * send becomes an unhandled rejection (which ends a Node process), it never tells when an item is on its way, it goes on
 * without a connection, and of two Subjects side by side it takes the second one for an argument (10.0.11).
 */
export interface UploadMessages {
  /** Names the stream in the call that it goes up with. */
  readonly id: string;
  /** Resolves when the item is on its way. @throws HubError */
  item(item: unknown): Promise<void>;
  /** No more items; with an error, the hub method gets that. */
  complete(error?: string): Promise<void>;
}

let uploads = 0;

export function openUpload(link: Link, method: string): UploadMessages {
  // SignalR numbers its calls on the link.
  const id = `upload-${++uploads}`;
  const send = (message: object): Promise<void> =>
    link.writing(
      () => ({ ...message, invocationId: id }) as HubMessage,
      () => link.send(method, []),
    );
  return {
    id,
    item: (item) => send({ type: MessageType.StreamItem, item }),
    complete: (error) => send({ type: MessageType.Completion, ...(error !== undefined && { error }) }),
  };
}

/** Makes a call that names the streams that go up with it. */
export function callWith<T>(link: Link, streamIds: string[], call: () => T): T {
  return link.writing((message) => ({ ...message, streamIds }) as HubMessage, call);
}
