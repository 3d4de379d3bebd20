import type { HubClients } from './call.ts';
import type { HubContract } from './contract.ts';
import type { ConnectedClient, ReceivedInvocation, TestHubEvents } from './events.ts';
import type { HubRequest, HubResponse, UpgradeAnswer } from './http.ts';
import type { WaitOptions } from '../platform/emitter.ts';
import type { InProcess, InProcessOptions } from './in-process.ts';

export type ClientFilter = (client: ConnectedClient) => boolean;

/** The requests that the hub can refuse: `events` is the GET of server-sent events, `poll`, `post` and `delete` are those of long polling (`post` also of server-sent events). */
export type Entrance = 'negotiate' | 'upgrade' | 'events' | 'poll' | 'post' | 'delete' | 'refresh';

export interface RejectOptions {
  /** @default 'negotiate' */
  on?: Entrance | readonly Entrance[];
  /** Which requests; the others come in and do not count. @default all */
  filter?: (request: HubRequest) => boolean;
  /** How many requests are refused. @default Infinity, until lifted */
  times?: number;
  /** @default `WWW-Authenticate: Bearer` with 401, else none */
  headers?: Record<string, string>;
  body?: string;
}

export interface AttachOptions {
  /** The hub's URL path. @default '/hub' */
  path?: string;
  /** Origins that may call from another site, credentials included; true: whoever asks. @default none */
  cors?: true | readonly string[];
}

export interface ListenOptions extends AttachOptions {
  /** @default 0, a free one */
  port?: number;
  /** @default '127.0.0.1' */
  host?: string;
}

/** What `attach` needs of Node's `http.Server`. */
export interface AttachableServer {
  emit(event: string, ...args: any[]): boolean;
  listeners(event: string): Function[];
  on(event: string, listener: (...args: any[]) => void): unknown;
  off(event: string, listener: (...args: any[]) => void): unknown;
}

export interface TestHub<C extends HubContract> {
  /** Sends from outside a hub method, as `IHubContext` does. */
  readonly clients: HubClients<C>;
  /** Membership from outside a hub method. */
  readonly groups: {
    add(name: string, connectionId: string): Promise<void>;
    remove(name: string, connectionId: string): Promise<void>;
  };

  /** Clients that have finished their handshake, oldest first. */
  connections(): ConnectedClient[];
  /** Every call so far, oldest first. */
  received(): readonly ReceivedInvocation[];
  /** The next such event (never a past one: ask before you act). Rejects when the hub is disposed first, or as `limits` say. */
  waitFor<E extends keyof TestHubEvents>(
    event: E,
    predicate?: (payload: TestHubEvents[E]) => boolean,
    limits?: WaitOptions,
  ): Promise<TestHubEvents[E]>;
  /** Returns an idempotent off. */
  on<E extends keyof TestHubEvents>(event: E, listener: (payload: TestHubEvents[E]) => void): () => void;

  /** Sockets die without a Close frame; clients see 1006. */
  drop(options?: { filter?: ClientFilter }): void;
  /** The hub protocol's Close, then 1000. Resolves when each `onDisconnected` has finished. */
  close(options?: { allowReconnect?: boolean; error?: string; filter?: ClientFilter }): Promise<void>;
  /** All sockets die as on SIGTERM, nothing listens for `downFor` ms (0 by default), then the hub is back; resolves then. */
  restart(options?: { downFor?: number }): Promise<void>;
  /** Refuses requests with this status. Returns what lifts it. */
  reject(status: number, options?: RejectOptions): () => void;
  /** Half-open: nothing is read, answered or closed, until `thaw()` lets everything through in order. */
  freeze(): void;
  thaw(): void;
  /** Everything that the hub sends leaves this many ms later, in order: what a round trip grows by. 0 ends it. */
  delay(ms: number): void;
  /**
   * The connections that are there now die without a Close frame once the hub has sent this many more bytes on them, in the middle of a message if need be:
   * an event or the body of a poll breaks off; a WebSocket's frame does in Node, elsewhere it is not sent at all. Bytes are those of the messages, without
   * frames or headers. 0: now. Returns what lifts it.
   */
  cutAfter(bytes: number, options?: { filter?: ClientFilter }): () => void;
  /** Sends clients bytes that are no message of their protocol; the same bytes for the same seed (1 by default). */
  garbage(options?: { seed?: number; filter?: ClientFilter }): void;
  /** Closes the user's connections as at expiry, now. Tokens are not touched: `tokens.revoke`. */
  expire(userId: string): Promise<void>;
  /**
   * Takes a role from a user on the server, as a lookup of roles there would: gone for `authorize` and in `call.user` from the next call on, of connected
   * clients and of later ones, whatever their tokens say. Returns what gives it back. For roles that change with the next token: `tokens.setRoles`.
   */
  revokeRole(userId: string, role: string): () => void;
  /** `groups.add(name)` throws a HubException with this text. Returns what lifts it. */
  refuseGroup(name: string, text?: string): () => void;

  /** Answers anything but an upgrade; null: nothing listens (the hub restarts). Never rejects. */
  handleRequest(request: HubRequest): Promise<HubResponse | null>;
  /** Decides on a WebSocket before it is opened. Never rejects. */
  handleUpgrade(request: HubRequest): Promise<UpgradeAnswer>;
  /** The hub without a port, in Node and in the browser: `fetch`, `WebSocket` and their like, to be handed to a client. */
  inProcess(options?: InProcessOptions): InProcess;
  /** Serves the hub from a Node server of yours; its other paths stay its own, also for other hubs. Not in a browser. */
  attach(server: AttachableServer, options?: AttachOptions): Promise<{ detach(): Promise<void> }>;
  /** Serves the hub from a Node server of its own. `url` is the hub's; a restart keeps the port. Not in a browser. */
  listen(options?: ListenOptions): Promise<{ url: string; close(): Promise<void> }>;

  /** Drops every socket, stops listening, clears every timer; final. Resolves when each `onDisconnected` has finished. */
  dispose(): Promise<void>;
}
