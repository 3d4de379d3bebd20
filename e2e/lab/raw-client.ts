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
  /** Says goodbye by the hub protocol alone, and leaves it to the server to close the socket. */
  sayGoodbye(): void;
}

const separator = '\u001e';

/** SignalR's own client, not yet started, and a look at the wire under it. */
export function createRawClient(lab: Lab, token?: string): RawClient {
  const received: { type: number }[] = [];
  const closed = createDeferred<number>();
  let socket: WatchedSocket | undefined;

  function watch(opened: WatchedSocket): void {
    socket = opened;
    opened.on('message', (data) => {
      for (const text of (data as Buffer).toString('utf8').split(separator)) {
        const message = text === '' ? {} : (JSON.parse(text) as { type?: number });
        if (message.type !== undefined && message.type !== 6) received.push({ ...message, type: message.type });
      }
    });
    opened.on('close', (code) => closed.resolve(code));
  }

  class WatchedSocket extends WebSocket {
    holdsBackClose = false;

    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      watch(this);
    }

    override close(...args: Parameters<WebSocket['close']>): void {
      // SignalR gives no arguments. ws comes here too, to answer the server's Close frame: that one must go out.
      if (!this.holdsBackClose || args.length > 0) super.close(...args);
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
  return {
    connection,
    received,
    closed: closed.promise,
    sayGoodbye() {
      if (socket === undefined) return;
      // SignalR closes the socket as soon as the server has answered.
      socket.holdsBackClose = true;
      socket.send(`{"type":7}${separator}`);
    },
  };
}
