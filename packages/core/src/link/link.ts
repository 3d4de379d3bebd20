import { HttpTransportType, type HubConnection, HubConnectionBuilder, type IHubProtocol, JsonHubProtocol, LogLevel } from '@microsoft/signalr';
import type { Credentials } from '../sources/token-source.js';
import { after, now, settledWithin } from '../platform/clock.js';
import type { UntypedContract, Invoke, Send } from '../vocabulary/contract.js';
import type { HubError } from '../vocabulary/errors.js';
import type { HubLogger, LogSeverity } from '../vocabulary/log.js';
import type { LinkContext, ResolvedOptions, WebSocketConstructor } from '../vocabulary/options.js';
import { callError } from './call-error.js';
import { LinkError, type LinkFailure } from './failure.js';
import { createHttpClient } from './negotiation.js';
import { type HeldSocket, holdableWebSocket } from './socket.js';

export type CloseOutcome = 'acknowledged' | 'unacknowledged' | 'timed-out';

export interface StreamObserver {
  next(item: unknown): void;
  complete(): void;
  error(error: HubError): void;
}

/** One physical connection: opened once, closed once, never reused. */
export interface Link {
  readonly credentials: Credentials | null;
  readonly context: LinkContext;
  /** Epoch ms; 0 until opened. */
  readonly openedAt: number;
  /** @throws LinkError */
  open(): Promise<void>;
  /** Resolves, once it was open, with how it ended; never for a link that we closed ourselves. */
  readonly ended: Promise<LinkFailure>;
  on(method: string, handler: (...args: unknown[]) => unknown): void;
  invoke(method: string, args: unknown[]): Promise<unknown>;
  send(method: string, args: unknown[]): Promise<void>;
  /** Opens a stream; returns the cancel. */
  stream(method: string, args: unknown[], observer: StreamObserver): () => void;
  /** Calls that have not been answered. */
  readonly inFlight: number;
  /** Resolves when no call is in flight. */
  idle(): Promise<void>;
  /** Cancels every open stream, whose readers get the error; returns how many there were. */
  endStreams(error: HubError): number;
  /** Says goodbye and waits, at most `timeout` ms, until the server has finished with the connection. */
  close(timeout: number): Promise<CloseOutcome>;
  /** Closes without waiting for anybody. */
  abandon(): void;
}

export interface LinkOptions {
  url: string;
  credentials: Credentials | null;
  settings: ResolvedOptions['signalr'];
  logger: HubLogger;
}

export function createLink({ url, credentials, settings, logger }: LinkOptions): Link {
  const token = credentials && 'token' in credentials ? credentials.token : null;
  const headers = { ...settings.headers, ...(credentials && 'cookie' in credentials ? credentials.headers : {}) };
  const http = createHttpClient({ headers, fetch: settings.fetch ?? ((input, init) => fetch(input, init)) });
  const given = new AbortController();
  let socket: HeldSocket | null = null;
  let goodbye: { allowReconnect: boolean; cause: Error | null } | null = null;
  let state: 'new' | 'opening' | 'open' | 'closing' | 'closed' = 'new';
  let openedAt = 0;
  let lostWith: unknown;
  let inFlight = 0;
  let idleWaiters: (() => void)[] = [];
  const streams = new Set<(error: HubError) => void>();
  let resolveEnded: (failure: LinkFailure) => void;
  const ended = new Promise<LinkFailure>((resolve) => (resolveEnded = resolve));

  const protocol = observedProtocol(settings.protocol as IHubProtocol | undefined, (close) => (goodbye = close));
  const connection = build();

  function build(): HubConnection {
    const Base = settings.WebSocket ?? (globalThis.WebSocket as WebSocketConstructor | undefined);
    const builder = new HubConnectionBuilder()
      .withUrl(url, {
        httpClient: http,
        ...(token === null ? {} : { accessTokenFactory: () => token }),
        ...(settings.headers ? { headers: settings.headers } : {}),
        ...(settings.transport === undefined ? {} : { transport: transportFlag(settings.transport) }),
        ...(Base ? { WebSocket: holdableWebSocket(Base, (created) => (socket = created)) } : {}),
        skipNegotiation: settings.skipNegotiation,
        withCredentials: settings.withCredentials,
        timeout: settings.timeout,
      })
      .withHubProtocol(protocol)
      .withServerTimeout(settings.serverTimeout)
      .withKeepAliveInterval(settings.keepAliveInterval)
      // Never SignalR’s console logger: it prints the socket’s URL with the token.
      .configureLogging({ log: (level, message) => logger.log(signalrLevel(level), `signalr: ${message}`) });
    const hub = builder.build();
    hub.onclose((error) => {
      lostWith = error;
      given.abort();
      if (state === 'open') {
        state = 'closed';
        resolveEnded(goodbye ? { kind: 'closed-by-server', ...goodbye } : { kind: 'lost', cause: error });
      }
    });
    return hub;
  }

  async function open(): Promise<void> {
    state = 'opening';
    let timedOut = false;
    const cancelTimer = after(settings.timeout, () => {
      timedOut = true;
      abandon();
    });
    try {
      await connection.start();
    } catch (cause) {
      state = 'closed';
      given.abort();
      throw new LinkError(openFailure(cause, timedOut));
    } finally {
      cancelTimer();
    }
    // `state` may have moved while we waited; the compiler cannot know.
    if ((state as string) !== 'opening') throw new LinkError({ kind: 'lost', cause: null });
    state = 'open';
    openedAt = now();
  }

  function openFailure(cause: unknown, timedOut: boolean): LinkFailure {
    const failure = http.failure();
    if (failure) return failure;
    if (goodbye) return { kind: 'closed-by-server', ...goodbye };
    if (timedOut) return { kind: 'timeout', cause };
    const text = String(cause);
    if (/handshake (error|response)/i.test(text)) return { kind: 'protocol', cause };
    if (/TimeoutError|A timeout occurred/.test(text)) return { kind: 'timeout', cause };
    if (/ASP\.NET SignalR Server|None of the transports|not support|is disabled by the client/.test(text)) return { kind: 'not-a-hub', cause };
    return { kind: 'unreachable', cause };
  }

  function settle(): void {
    inFlight -= 1;
    if (inFlight > 0) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  async function invoke(method: string, args: unknown[]): Promise<unknown> {
    inFlight += 1;
    try {
      return await connection.invoke(method, ...args);
    } catch (thrown) {
      throw callError(thrown, method, lostWith);
    } finally {
      settle();
    }
  }

  async function send(method: string, args: unknown[]): Promise<void> {
    try {
      await connection.send(method, ...args);
    } catch (thrown) {
      throw callError(thrown, method, lostWith);
    }
  }

  function stream(method: string, args: unknown[], observer: StreamObserver): () => void {
    const end = (tell: () => void): void => {
      if (streams.delete(endWith)) tell();
    };
    const endWith = (error: HubError): void => {
      end(() => observer.error(error));
      subscription.dispose();
    };
    streams.add(endWith);
    const subscription = connection.stream<unknown>(method, ...args).subscribe({
      next: (item) => observer.next(item),
      complete: () => end(() => observer.complete()),
      // SignalR ends streams just before it says what the connection ended with.
      error: (thrown) => queueMicrotask(() => end(() => observer.error(callError(thrown, method, lostWith)))),
    });
    return () => {
      streams.delete(endWith);
      subscription.dispose();
    };
  }

  function endStreams(error: HubError): number {
    const open = [...streams];
    for (const endWith of open) endWith(error);
    return open.length;
  }

  async function close(timeout: number): Promise<CloseOutcome> {
    if (state !== 'open' || !socket?.isOpen()) {
      abandon();
      // A SignalR that is still starting waits for its transport; ours has just been told to give up.
      await settledWithin(connection.stop(), timeout);
      return 'unacknowledged';
    }
    state = 'closing';
    const held: HeldSocket = socket;
    held.sayGoodbye(protocol.writeMessage({ type: 7 }));
    const acknowledged = await settledWithin(held.closed, timeout);
    if (!acknowledged) held.close();
    state = 'closed';
    given.abort();
    await settledWithin(connection.stop(), timeout);
    return acknowledged ? 'acknowledged' : 'timed-out';
  }

  function abandon(): void {
    const wasOpen = state === 'open';
    state = 'closed';
    given.abort();
    http.abort();
    socket?.close();
    void connection.stop().catch(() => {});
    if (wasOpen) resolveEnded({ kind: 'lost', cause: null });
  }

  const context: LinkContext = {
    get connectionId() {
      return connection.connectionId ?? '';
    },
    invoke: ((method: string, ...args: unknown[]) => invoke(method, args)) as Invoke<UntypedContract>,
    send: ((method: string, ...args: unknown[]) => send(method, args)) as Send<UntypedContract>,
    token,
    signal: given.signal,
  };

  return {
    credentials,
    context,
    get openedAt() {
      return openedAt;
    },
    open,
    ended,
    on: (method, handler) => connection.on(method, handler),
    invoke,
    send,
    stream,
    get inFlight() {
      return inFlight;
    },
    idle: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
    endStreams,
    close,
    abandon,
  };
}

/** The protocol as given, but the server’s Close is seen: SignalR keeps `allowReconnect` to itself. */
function observedProtocol(
  given: IHubProtocol | undefined,
  closed: (close: { allowReconnect: boolean; cause: Error | null }) => void,
): IHubProtocol {
  const protocol = given ?? new JsonHubProtocol();
  return {
    name: protocol.name,
    version: protocol.version,
    transferFormat: protocol.transferFormat,
    writeMessage: (message) => protocol.writeMessage(message),
    parseMessages(input, logger) {
      const messages = protocol.parseMessages(input, logger);
      for (const message of messages) {
        if (message.type === 7) {
          closed({ allowReconnect: message.allowReconnect === true, cause: message.error ? new Error(message.error) : null });
        }
      }
      return messages;
    },
  };
}

function transportFlag(transport: NonNullable<ResolvedOptions['signalr']['transport']>): HttpTransportType {
  return typeof transport === 'number' ? transport : HttpTransportType[transport];
}

/** SignalR reports as errors what we retry; its own words are for people who look closely. */
function signalrLevel(level: LogLevel): LogSeverity {
  return level >= LogLevel.Warning ? 'info' : level === LogLevel.Information ? 'debug' : 'trace';
}
