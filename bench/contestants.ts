/// <reference types="node" />
import { HubConnectionBuilder, type IHttpConnectionOptions, LogLevel } from '@microsoft/signalr';
import { createHubClient, type HubClient, type HubOptions } from '@org/hub-core';
import { WebSocket } from 'ws';

/** What an app does with a connection, whichever client it uses. */
export interface Contestant {
  start(): Promise<void>;
  on(method: string, handler: (value: number) => void): void;
  invoke(method: string, ...args: unknown[]): Promise<unknown>;
  /** Resolves when the stream has completed. */
  stream(next: (item: number) => void, method: string, ...args: unknown[]): Promise<void>;
  stop(): Promise<void>;
}

export interface Raw extends Contestant {
  /** Resolves when it has reconnected next time, and is in its groups. */
  reconnected(): Promise<void>;
}

/** SignalR as people write it: automatic reconnect, a token factory, groups joined again by hand. */
export function rawClient(url: string, token: () => Promise<string>, groups: readonly string[] = []): Raw {
  const connection = new HubConnectionBuilder()
    .withUrl(url, { WebSocket, accessTokenFactory: token } as unknown as IHttpConnectionOptions)
    .withAutomaticReconnect()
    .configureLogging(LogLevel.None)
    .build();
  let waiting: (() => void)[] = [];
  const join = async (): Promise<void> => {
    for (const group of groups) await connection.invoke('JoinGroup', group);
  };
  const rejoin = async (): Promise<void> => {
    await join();
    for (const resolve of waiting.splice(0)) resolve();
  };
  connection.onreconnected(() => void rejoin());
  return {
    async start() {
      await connection.start();
      await join();
    },
    on: (method, handler) => connection.on(method, (value: number) => handler(value)),
    invoke: (method, ...args) => connection.invoke(method, ...args),
    stream: (next, method, ...args) =>
      new Promise((complete, error) => connection.stream<number>(method, ...args).subscribe({ next, complete, error })),
    reconnected: () => new Promise((resolve) => waiting.push(resolve)),
    stop: () => connection.stop(),
  };
}

export function ourClient(options: HubOptions, groups: readonly string[] = []): Contestant & { hub: HubClient } {
  const hub = createHubClient({ logger: 'none', ...options, signalr: { WebSocket: WebSocket as never } });
  for (const group of groups) hub.join(group);
  return {
    hub,
    start: () => hub.start(),
    on: (method, handler) => void hub.on(method, (value: number) => handler(value)),
    invoke: (method, ...args) => hub.invoke(method, ...args),
    async stream(next, method, ...args) {
      for await (const item of hub.stream(method, ...args)) next(item as number);
    },
    stop: () => hub.dispose(),
  };
}
