import type { EventLog } from './event-log.ts';

export type ChatServerName = 'embedded' | 'aspnetcore';

/** `disconnected-finished`: `OnDisconnectedAsync` has come to its end, however slow it was made. Times are epoch milliseconds. */
export interface ChatServerEvent {
  readonly type: 'connected' | 'disconnected-finished';
  readonly at: number;
  readonly connectionId: string;
  /** Null for a visitor. */
  readonly userId: string | null;
}

/** One chat, two servers: tests and `npm start` take either. */
export interface ChatServer {
  readonly name: ChatServerName;
  /** The hub's URL; a restart keeps it. */
  readonly url: string;
  readonly events: EventLog<ChatServerEvent>;
  /** Pulls the plug: sockets die, nothing listens for `downFor` ms. Resolves when the hub is back. */
  restart(options: { downFor: number }): Promise<void>;
  close(): Promise<void>;
}

export interface ChatServerOptions {
  /** @default 0, a free one */
  readonly port?: number;
  /** The issuer whose access tokens the hub accepts. */
  readonly authority: string;
  /** Origins of the pages, for CORS. */
  readonly origins: readonly string[];
  /** How long the hub takes to say good-bye to a connection, ms. @default 0 */
  readonly disconnectDelay?: number;
  /** How many messages a room keeps. @default 50 */
  readonly historySize?: number;
}

export const hubPath = '/hubs/chat';
