/// <reference types="node" />
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { HubConnection } from '@microsoft/signalr';
import { WebSocket } from 'ws';
import { createDeferred } from './deferred.ts';
import type { Lab } from './lab.ts';

export interface RawClient {
  readonly connection: HubConnection;
  /** Hub protocol messages as they came in, pings left out. */
  readonly received: readonly { type: number }[];
  /** Resolves with the WebSocket's close code. */
  readonly closed: Promise<number>;
  /** Writes to the socket past SignalR. */
  write(message: object): void;
  stop(): Promise<void>;
}

/** SignalR's own client and a look at the wire under it. */
export async function connectRaw(
  lab: Lab,
  token?: string,
  prepare?: (connection: HubConnection) => void,
): Promise<RawClient> {
  const received: { type: number }[] = [];
  const closed = createDeferred<number>();
  let socket: WebSocket | undefined;

  class WatchedSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      socket = this;
      this.on('message', (data) => {
        for (const text of String(data).split('\u001e')) {
          const message = text === '' ? {} : (JSON.parse(text) as { type?: number });
          if (message.type !== undefined && message.type !== 6) received.push({ ...message, type: message.type });
        }
      });
      this.on('close', (code) => closed.resolve(code));
    }
  }

  const connection = new HubConnectionBuilder()
    // The typings leave the WebSocket option out; the code honours it.
    .withUrl(lab.url, {
      transport: HttpTransportType.WebSockets,
      WebSocket: WatchedSocket,
      ...(token === undefined ? {} : { accessTokenFactory: () => token }),
    } as object)
    .configureLogging(LogLevel.None)
    .build();
  prepare?.(connection);
  await connection.start();
  return {
    connection,
    received,
    closed: closed.promise,
    write: (message) => socket?.send(`${JSON.stringify(message)}\u001e`),
    stop: () => connection.stop(),
  };
}
