import type { IHubProtocol } from '@microsoft/signalr';
import type { HubCall, HubUser } from './call.ts';
import type { ArgumentsOf, HubContract, ItemOf, MethodName, ResultOf, ServerOf, StreamsOf } from './contract.ts';

export type HubMethods<C extends HubContract> = {
  [M in MethodName<ServerOf<C>>]?: (
    call: HubCall<C>,
    ...args: ArgumentsOf<ServerOf<C>, M>
  ) => ResultOf<ServerOf<C>, M> | Promise<ResultOf<ServerOf<C>, M>>;
};

export type HubStreams<C extends HubContract> = {
  [M in MethodName<StreamsOf<C>>]?: (
    call: HubCall<C>,
    ...args: ArgumentsOf<StreamsOf<C>, M>
  ) =>
    | AsyncIterable<ItemOf<StreamsOf<C>, M>>
    | Iterable<ItemOf<StreamsOf<C>, M>>
    | Promise<AsyncIterable<ItemOf<StreamsOf<C>, M>> | Iterable<ItemOf<StreamsOf<C>, M>>>;
};

/** `true`: any signed-in user, as a bare `[Authorize]`. `{ roles }`: a user with one of them. */
export type HubAuthorization<C extends HubContract> =
  true | { roles: readonly string[] } | ((call: HubCall<C>) => boolean | Promise<boolean>);

/**
 * The type of a parameter in .NET, as far as a client can tell. `integer` is an `int`; the values types among them take no null, but with a `?`; `string`,
 * `array` and `object` take it. `date` also is its ISO text, `any` everything (byte arrays, for one), `stream` a client's upload.
 */
export type ParameterType =
  | 'any'
  | 'array'
  | 'boolean'
  | 'boolean?'
  | 'date'
  | 'date?'
  | 'integer'
  | 'integer?'
  | 'number'
  | 'number?'
  | 'object'
  | 'stream'
  | 'string';

export type HubTransport = 'WebSockets' | 'ServerSentEvents' | 'LongPolling';

export interface RedirectRequest {
  /** Null for a visitor. */
  user: HubUser | null;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The negotiate's, the query included. */
  url: string;
}

/** Where a client shall go: another hub, perhaps another test hub. */
export interface HubRedirect {
  /** The client asks `{url}/negotiate` there. */
  url: string;
  /** What the client uses there, in place of its own token, until its next start. @default its own token */
  accessToken?: string;
}

export interface AuthenticationRefresh {
  connectionId: string;
  /** Null: a visitor. */
  previousUser: HubUser | null;
  newUser: HubUser;
}

export interface AuthenticationRequest {
  /** From `Authorization: Bearer`, else from the query's `access_token`; null: neither was there. */
  token: string | null;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** As it came in, the query included. */
  url: string;
}

export interface TestHubOptions<C extends HubContract> {
  /** What clients invoke and send. The arguments of a client's upload streams follow the others, as AsyncIterables. */
  methods?: HubMethods<C>;
  /** What clients stream from the hub; usually async generators. */
  streams?: HubStreams<C>;
  /** Who may call a method. A refusal is "Failed to invoke 'X' because user is unauthorized". */
  authorize?: { [M in MethodName<ServerOf<C>> | MethodName<StreamsOf<C>>]?: HubAuthorization<C> };
  /**
   * What methods take, as ASP.NET Core would check it: `{ Add: ['integer', 'integer'] }`, or a number where only the count matters. JavaScript has no types
   * left at run time and cannot tell an unused parameter from a missing one, so without an entry here only too few arguments are refused.
   */
  parameters?: { [M in MethodName<ServerOf<C>> | MethodName<StreamsOf<C>>]?: number | readonly ParameterType[] };
  /** Asked on every request: negotiate, upgrade, poll, POST and DELETE alike. Null: nobody. Throw a HubRejection to refuse. Without it everybody is a visitor. */
  authenticate?: (request: AuthenticationRequest) => HubUser | null | Promise<HubUser | null>;
  /** Whether visitors may connect. @default true without `authenticate`, else false (401, `WWW-Authenticate: Bearer`) */
  anonymous?: boolean;
  /** After the handshake, before the first invocation. Throwing closes the connection with an error, and the client may not reconnect. */
  onConnected?: (call: HubCall<C>) => void | Promise<void>;
  /** After the connection has ended, however it did; `error` unless it ended well. */
  onDisconnected?: (call: HubCall<C>, error?: Error) => void | Promise<void>;
  /** Connections end with `{"type":7,"allowReconnect":true}` once `user.expiresAt` has passed. @default false */
  closeOnAuthenticationExpiration?: boolean;
  /**
   * The `/refresh` end point of .NET 11: `POST {hub}/refresh?id={connectionToken}` with a new token renews the user and the expiry of a connection that
   * stays, and negotiate tells how long the token lives. The user id and the groups stay; `user` of methods that run does, too. @default false: 404
   */
  enableAuthenticationRefresh?: boolean;
  /** Asked before a refresh counts; false: 403 `permission_change_rejected`, and the connection stays as it is. */
  onAuthenticationRefresh?: (refresh: AuthenticationRefresh) => boolean | Promise<boolean>;
  /** After a refresh; `call.user` is the new one. */
  onAuthenticationRefreshed?: (call: HubCall<C>) => void | Promise<void>;
  /** Clients see the name and text of every error, not of HubExceptions alone. @default false */
  enableDetailedErrors?: boolean;
  /** @default [new JsonHubProtocol()] */
  protocols?: readonly IHubProtocol[];
  /** Pings after this many ms without another message. @default 15_000 */
  keepAliveInterval?: number;
  /** A client that has sent a ping, and then nothing for this many ms, is closed; one that never pings is left alone, as ASP.NET Core does. @default 30_000 */
  clientTimeoutInterval?: number;
  /** ms @default 15_000 */
  handshakeTimeout?: number;
  /** How often expiry, keep-alive and time-outs are looked at, ms. @default 1_000, as Kestrel does */
  heartbeatInterval?: number;
  /** A connection's invocations run one after the other by default, as in ASP.NET Core. @default 1 */
  maximumParallelInvocationsPerClient?: number;
  /** UTF-8 bytes in one message; null: no limit. @default 32_768 */
  maximumReceiveMessageSize?: number | null;
  /** What negotiate offers and the hub takes; requests for another one get 404. @default all three, as in ASP.NET Core */
  transports?: readonly HubTransport[];
  /** A long poll without a message is answered, empty, after this many ms. @default 90_000 */
  pollTimeout?: number;
  /** A connection that was negotiated but not opened, and one between two long polls, is given up after this many ms. @default 15_000 */
  disconnectTimeout?: number;
  /**
   * Asked on each negotiate, once the client is admitted: sends it to another hub, as Azure SignalR does. Null: it stays. The function may answer something
   * else in the middle of a test.
   */
  redirect?: (request: RedirectRequest) => HubRedirect | null | Promise<HubRedirect | null>;
  /** Origins whose WebSockets are accepted, as `WebSocketOptions.AllowedOrigins`; others get 403 on the upgrade. @default everybody */
  allowedOrigins?: readonly string[];
}
