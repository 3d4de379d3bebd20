import type { HubUser } from './call.ts';
import type { Entrance } from './hub.ts';

/** A client that has finished its handshake. The same object for the life of the connection; read its fields live. */
export interface ConnectedClient {
  readonly id: string;
  readonly userId: string | null;
  readonly user: HubUser | null;
  readonly groups: ReadonlySet<string>;
  readonly items: Map<string, unknown>;
}

/** A call that reached the hub, also when it was refused. */
export interface ReceivedInvocation {
  readonly connectionId: string;
  readonly userId: string | null;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly kind: 'invoke' | 'send' | 'stream';
}

export interface TestHubEvents {
  negotiated: { connectionId: string; userId: string | null };
  /** A request that was answered with an error status, by a rule of the hub or by `hub.reject`. */
  refused: { on: Entrance; status: number };
  /** `onConnected` has finished. */
  connected: { client: ConnectedClient };
  /** `onDisconnected` has finished. */
  disconnected: { client: ConnectedClient; error?: Error };
  /** A method starts. */
  invoked: ReceivedInvocation;
  /** An answer was sent, or a `send` was dealt with. `error` is the text for the client, `cause` what the method threw. */
  completed: ReceivedInvocation & { error?: string; cause?: unknown };
  /** A connection has a new token, by `/refresh`; `client.user` is the one of that token. */
  refreshed: { client: ConnectedClient };
  joined: { connectionId: string; group: string };
  left: { connectionId: string; group: string };
}
