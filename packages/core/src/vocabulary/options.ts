import type { TokenSource } from '../sources/token-source.js';
import type { Invoke, Send, UntypedContract } from './contract.js';
import { HubError } from './errors.js';
import type { HubEventListeners } from './events.js';
import { type HubLogger, type LogLevel, logLevels } from './log.js';

export interface HubOptions {
  /** Address of the hub, as given to `MapHub`. A function is asked before each connection. */
  url: string | (() => string | Promise<string>);
  /** Where tokens come from; omit it for a hub without users. */
  auth?: TokenSource;
  /**
   * What a null token means: wait for a sign-in, or connect as a visitor.
   * @default 'wait' where `auth` is given
   */
  anonymous?: 'wait' | 'connect';
  /** Runs on each new link, before groups and queued calls: filters, presence. A failure is retried like a failed start. */
  prepare?: (link: LinkContext) => Promise<void>;
  groups?: GroupOptions;
  /** `false`: a lost connection stops the client, and a failed start rejects. */
  reconnect?: false | ReconnectOptions;
  /**
   * How a live connection gets a new identity when its token is renewed.
   * - `refresh`: in place, as .NET 11 offers it (`TokenRefresh.cs` brings it to .NET 8 to 10);
   * - `overlap`: a second connection takes the first one's place, and no message is lost; a first one that was dead
   *   already makes a gap;
   * - `auto`: `refresh` where the server offers it; else `overlap`, once it has been seen to close a connection at expiry;
   * - `off`: not at all; a server that closes the connection at expiry makes a gap;
   * - a function: in place, in the app's own way.
   * @default 'auto'
   */
  rotation?: RotationMethod | RenewInPlace;
  /** Names a message, so that none is handed out twice while two connections overlap. Without it contents are compared. */
  messageId?: (clientMethod: string, args: unknown[]) => string | undefined;
  outbox?: OutboxOptions;
  /** Listeners attached before anything can happen. */
  events?: Partial<HubEventListeners>;
  /** A level for the console, or a logger of the app’s. @default 'warn' */
  logger?: HubLogger | LogLevel;
  signalr?: SignalROptions;
}

export type RotationMethod = 'auto' | 'refresh' | 'overlap' | 'off';

/** Tells the server of the new token; `expiresAt` is epoch ms, where the server says how long it lets the connection live. */
export type RenewInPlace = (link: LinkContext & { token: string }) => Promise<{ expiresAt?: number } | void>;

/** Speaks to one link directly, not through the outbox. */
export interface LinkContext {
  readonly connectionId: string;
  readonly invoke: Invoke<UntypedContract>;
  readonly send: Send<UntypedContract>;
  /** The token that the link was opened with; null for visitors and cookies. */
  readonly token: string | null;
  /** Aborted when the link is given up. */
  readonly signal: AbortSignal;
}

/** Joins or leaves a group in the app’s own way, e.g. by an HTTP call to a serverless hub. */
export type GroupCall = (group: string, link: LinkContext) => Promise<unknown>;
export type GroupsCall = (groups: string[], link: LinkContext) => Promise<unknown>;

export interface GroupOptions {
  /** Hub method (group) or function. @default 'JoinGroup' */
  join?: string | GroupCall;
  /** Hub method (group) or function. @default 'LeaveGroup' */
  leave?: string | GroupCall;
  /** Hub method (groups[]) or function that joins all in one call; used after each new link. */
  joinMany?: string | GroupsCall;
  /** Joins under way at once on one link. @default 10 */
  concurrency?: number;
  /** Ms for one join, and for all that the connection waits for. @default 10_000 */
  timeout?: number;
}

export interface ReconnectOptions {
  /** Ms; doubles with each failed try. @default 500 */
  baseDelay?: number;
  /** Ms, the longest wait. @default 20_000 */
  maxDelay?: number;
  /** Failed tries in a row before the client stops. @default Infinity */
  maxAttempts?: number;
  /** Ms of uptime after which the count starts anew. @default 5_000 */
  stableAfter?: number;
}

export interface OutboxOptions {
  /** Calls that wait for a connection at most. @default 1000 */
  maxCalls?: number;
  /** Ms that a call waits at most. @default 30_000 */
  maxAge?: number;
}

export type TransportName = 'WebSockets' | 'ServerSentEvents' | 'LongPolling';

/** Passed on to `@microsoft/signalr`. */
export interface SignalROptions {
  /** One transport, or flags of SignalR’s `HttpTransportType`. @default what the server offers, WebSockets first */
  transport?: TransportName | number;
  /** Connect without negotiate; needs `transport: 'WebSockets'`. No connection id, no fallback, no redirect. @default false */
  skipNegotiation?: boolean;
  /**
   * Extra headers on negotiate, long polling and SSE posts; browsers cannot send any with a WebSocket. They go to a
   * server that negotiate redirects to as well: no place for a secret.
   */
  headers?: Record<string, string>;
  /** Send cookies. @default true */
  withCredentials?: boolean;
  /** An `IHubProtocol`, e.g. `new MessagePackHubProtocol()`. @default JSON */
  protocol?: HubProtocol;
  /** Ms without a word from the server until it counts as gone. @default 30_000 */
  serverTimeout?: number;
  /** Ms between pings. @default 15_000 */
  keepAliveInterval?: number;
  /** Ms for one HTTP request and for opening a connection. @default 15_000 */
  timeout?: number;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
  /** Replaces the global `WebSocket` (Node before 22 has none: pass `ws`). */
  WebSocket?: WebSocketConstructor;
  /** Replaces the global `EventSource` (Node has none: pass `eventsource`). */
  EventSource?: EventSourceConstructor;
}

export type WebSocketConstructor = new (url: string, protocols?: string | string[], options?: never) => WebSocket;

export type EventSourceConstructor = new (url: string, init?: never) => EventSource;

/** SignalR’s `IHubProtocol`, by structure: an app may hold its own copy of the package. */
export interface HubProtocol {
  readonly name: string;
  readonly version: number;
  readonly transferFormat: number;
  parseMessages(input: never, logger: never): unknown[];
  writeMessage(message: never): string | ArrayBuffer;
}

/** How a call is made. What comes first decides how it ends; `sent` of the error says whether the server may have got it. */
export interface CallOptions {
  /**
   * Rejects the call with `aborted`. One that waits for a connection is then never sent; one that was sent goes on at the
   * server, which is not told, and nobody hears its answer. Streams end on both sides. A signal that was aborted before says
   * so in every state.
   */
  signal?: AbortSignal;
  /**
   * Ms until the call rejects with `timeout`, the wait for a connection included; the server is not told. Does not limit a
   * `stream`, and not what goes on after a `send` is on its way.
   * @default no limit; `outbox.maxAge` limits the wait for a connection
   */
  timeout?: number;
  /**
   * What to do while connecting or reconnecting: wait, or reject at once with `connection-lost`, `sent: 'no'`. While one
   * connection takes over from another calls wait for that moment, in either case; while none is wanted (before `start()`,
   * stopped, signed out, disposed) they reject with `closed`.
   * @default 'wait'
   */
  whenDisconnected?: 'wait' | 'reject';
}

export interface StartOptions {
  /** Rejects this call of start(); the last one to go stops a client that is not connected. */
  signal?: AbortSignal;
}

export interface LogoutOptions {
  /** Also end the session at its source (the OpenID provider). @default true */
  signOut?: boolean;
  /** Ms for draining calls, and again for the close. @default 5_000 */
  timeout?: number;
}

/** What became of the connection at logout. */
export interface LogoutReport {
  /** Calls in flight that were answered. */
  readonly drained: number;
  /** Calls and streams that were ended without an answer. */
  readonly aborted: number;
  readonly close: 'acknowledged' | 'unacknowledged' | 'timed-out' | 'not-connected';
}

/** The one place for defaults. */
/** Also for whatever else is tried again: tokens, groups. */
export const retryLimits: Required<ReconnectOptions> = {
  baseDelay: 500,
  maxDelay: 20_000,
  maxAttempts: Infinity,
  stableAfter: 5_000,
};

const defaults = {
  groups: { join: 'JoinGroup', leave: 'LeaveGroup', concurrency: 10, timeout: 10_000 },
  reconnect: retryLimits,
  events: {},
  outbox: { maxCalls: 1000, maxAge: 30_000 },
  signalr: {
    skipNegotiation: false,
    withCredentials: true,
    serverTimeout: 30_000,
    keepAliveInterval: 15_000,
    timeout: 15_000,
  },
} as const;

export const logoutTimeout = 5_000;

/** Options with every default filled in. */
export interface ResolvedOptions extends Omit<HubOptions, 'groups' | 'reconnect' | 'outbox' | 'signalr'> {
  anonymous: 'wait' | 'connect';
  rotation: RotationMethod | RenewInPlace;
  logger: HubLogger | LogLevel;
  groups: GroupOptions & Required<Omit<GroupOptions, 'joinMany'>>;
  reconnect: Required<ReconnectOptions>;
  outbox: Required<OutboxOptions>;
  signalr: SignalROptions &
    Required<Omit<SignalROptions, 'transport' | 'headers' | 'protocol' | 'fetch' | 'WebSocket' | 'EventSource'>>;
}

/** What an option may be, types and literal values; what is not here must have the type of its default. */
const allowed: Record<string, string> = {
  url: 'string or function',
  auth: 'object',
  anonymous: 'wait or connect',
  prepare: 'function',
  'groups.join': 'string or function',
  'groups.leave': 'string or function',
  'groups.joinMany': 'string or function',
  reconnect: 'false or object',
  rotation: 'function or auto or refresh or overlap or off',
  messageId: 'function',
  logger: `object or ${logLevels.join(' or ')}`,
  'signalr.transport': 'number or WebSockets or ServerSentEvents or LongPolling',
  'signalr.headers': 'object',
  'signalr.protocol': 'object',
  'signalr.fetch': 'function',
  'signalr.WebSocket': 'function',
  'signalr.EventSource': 'function',
};

function merged(options: object, known: object, path = ''): Record<string, unknown> {
  const all: Record<string, unknown> = { ...known };
  for (const [name, value] of Object.entries(options)) {
    const standard: unknown = known[name as never];
    const rule = path === 'events.' ? 'function' : (allowed[path + name] ?? typeof standard);
    if (value === undefined && rule !== 'undefined') continue;
    const words = rule.split(' or ');
    // The value is not quoted: it may be a token in the wrong place.
    const fits = words.includes(typeof value) || words.includes(String(value));
    const least = name === 'concurrency' ? 1 : 0;
    if (
      value === null ||
      value === '' ||
      !fits ||
      rule === 'undefined' ||
      (typeof value === 'number' && !(value >= least))
    ) {
      throw wrong(`\`${path}${name}\` ${rule === 'undefined' ? 'is no option' : `must be ${rule}`}.`);
    }
    all[name] = value && typeof standard === 'object' ? merged(value as object, standard as object, `${name}.`) : value;
  }
  return all;
}

function wrong(message: string): HubError {
  return new HubError('configuration', message);
}

/**
 * Checks what the app gave and fills in the rest.
 * @throws HubError `configuration`, which names the option
 */
export function resolveOptions(options: HubOptions): ResolvedOptions {
  if (!options?.url) throw wrong('`url` is missing.');
  const { auth, logger, reconnect, signalr, ...rest } = merged(options, {
    anonymous: options.auth ? 'wait' : 'connect',
    rotation: 'auto',
    logger: 'warn',
    ...defaults,
  }) as unknown as ResolvedOptions;
  if (auth && typeof auth.getToken !== 'function') throw wrong('`auth` must be a token source.');
  if (typeof logger === 'object' && typeof logger.log !== 'function')
    throw wrong('`logger` must have log(level, message).');
  if (signalr.skipNegotiation && !/^(WebSockets|1)$/.test(`${signalr.transport}`)) {
    throw wrong('`signalr.skipNegotiation` needs `transport: "WebSockets"`.');
  }
  return {
    ...rest,
    auth,
    logger,
    signalr,
    reconnect: reconnect || { ...retryLimits, maxAttempts: 0 },
  } as ResolvedOptions;
}
