import { HubConnectionBuilder, LogLevel, type HubConnection, type IHttpConnectionOptions } from '@microsoft/signalr';
import { WebSocket } from 'ws';
import type { ChatHub } from '../contract.ts';
import { createEventLog, type EventLog } from './event-log.ts';

type Heard = {
  [M in keyof ChatHub['client']]: { method: M; argument: Parameters<ChatHub['client'][M]>[0] };
}[keyof ChatHub['client']];

export interface RawHubClient {
  readonly connection: HubConnection;
  readonly heard: EventLog<Heard>;
  /** Resolves with the error of the close, or undefined. */
  readonly closed: Promise<Error | undefined>;
  call<M extends keyof ChatHub['server']>(
    method: M,
    ...args: Parameters<ChatHub['server'][M]>
  ): ReturnType<ChatHub['server'][M]>;
}

/** Plain SignalR, no SDK: what the servers' tests connect with. */
export async function connectRaw(url: string, accessToken: string | null): Promise<RawHubClient> {
  // The option exists; the published types leave it out.
  const options: IHttpConnectionOptions & { WebSocket: unknown } = { WebSocket };
  if (accessToken !== null) options.accessTokenFactory = () => accessToken;
  const connection = new HubConnectionBuilder().withUrl(url, options).configureLogging(LogLevel.None).build();

  const heard = createEventLog<Heard>();
  for (const method of ['MessageReceived', 'DirectMessageReceived', 'OnlineChanged'] as const) {
    connection.on(method, (argument) => heard.add({ method, argument } as Heard));
  }
  const closed = new Promise<Error | undefined>((resolve) => connection.onclose(resolve));
  await connection.start();

  return {
    connection,
    heard,
    closed,
    call: (method, ...args) => connection.invoke(method, ...args) as ReturnType<ChatHub['server'][typeof method]>,
  };
}
