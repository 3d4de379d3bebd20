import { type HubMessage, MessageType } from '@microsoft/signalr';
import { after, now } from '../platform/clock.js';
import type { Link } from './link.js';

/**
 * Uploads on messages of our own. What SignalR’s client does with a Subject cannot be used: each item that it fails to
 * send becomes an unhandled rejection (which ends a Node process), it never tells when an item is on its way, it goes on
 * without a connection, and of two Subjects side by side it takes the second one for an argument (10.0.11).
 */
export interface UploadMessages {
  /** Names the stream in the call that it goes up with. */
  readonly id: string;
  /** Resolves when the item is on its way and there is room for the next one. @throws HubError */
  item(item: unknown): Promise<void>;
  /** No more items; with an error, the hub method gets that. */
  complete(error?: string): Promise<void>;
}

/**
 * Bytes that may wait in a socket, and ms that may pass, before there is a pause. SignalR says of whatever it has given to a
 * WebSocket that it is gone: a source that always has more would fill the memory and leave nobody else a turn, not even a
 * timer (measured: 100,000 items, 1.7 s).
 */
const enough = 65_536;
const patience = 10;

let uploads = 0;

export function openUpload(link: Link, method: string): UploadMessages {
  // SignalR numbers its calls on the link.
  const id = `upload-${++uploads}`;
  const send = (message: object): Promise<void> =>
    link.writing(
      () => ({ ...message, invocationId: id }) as HubMessage,
      () => link.send(method, []),
    );
  const full = (): boolean => (link.unsent() ?? 0) > enough && !link.context.signal.aborted;
  let paused = now();
  return {
    id,
    async item(item) {
      await send({ type: MessageType.StreamItem, item });
      if (!full() && now() - paused < patience) return;
      // Sockets do not tell when there is room.
      do await new Promise<void>((go) => after(1, go));
      while (full());
      paused = now();
    },
    complete: (error) => send({ type: MessageType.Completion, error }),
  };
}

/** Makes a call that names the streams that go up with it. */
export function callWith<T>(link: Link, streamIds: string[], call: () => T): T {
  return link.writing((message) => ({ ...message, streamIds }) as HubMessage, call);
}
