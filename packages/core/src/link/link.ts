import {
  HttpTransportType,
  HubConnectionBuilder,
  type HubMessage,
  type IHttpConnectionOptions,
  type IHubProtocol,
  JsonHubProtocol,
  LogLevel,
  MessageType,
} from '@microsoft/signalr';
import { now, settledWithin } from '../platform/clock.js';
import { deferred } from '../platform/deferred.js';
import type { Credentials } from '../sources/token-source.js';
import type { Invoke, UntypedContract } from '../vocabulary/contract.js';
import { tokenOf } from '../vocabulary/credentials.js';
import type { HubError } from '../vocabulary/errors.js';
import type { HubLogger } from '../vocabulary/log.js';
import type { LinkContext, ResolvedOptions, WebSocketConstructor } from '../vocabulary/options.js';
import { callError } from './call-error.js';
import { LinkError, type Failure } from './failure.js';
import { createHttpClient, type RecordingHttpClient } from './negotiation.js';
import { type HeldSocket, holdableWebSocket } from './socket.js';

export type CloseOutcome = 'acknowledged' | 'unacknowledged' | 'timed-out';

export interface StreamObserver {
  next(item: unknown): void;
  complete(): void;
  error(error: HubError): void;
}

type Handler = (...args: unknown[]) => unknown;

/** Stands between a link and the handlers of client methods; without it they are called. */
export type Gate = (method: string, args: unknown[], handler: Handler) => unknown;

/** One physical connection: opened once, closed once, never reused. */
export interface Link {
  readonly url: string;
  readonly context: LinkContext;
  readonly http: RecordingHttpClient;
  gate: Gate | null;
  /** Under way. */
  readonly calls: Set<Promise<unknown>>;
  readonly streams: ReadonlySet<unknown>;
  /** Epoch ms; 0 until opened. */
  openedAt(): number;
  /** @throws LinkError */
  open(): Promise<void>;
  /** Resolves, once it was open, with how it ended; never for a link that we closed ourselves. */
  readonly ended: Promise<Failure>;
  on(method: string, handler: Handler): void;
  invoke(method: string, args: unknown[]): Promise<unknown>;
  send(method: string, args: unknown[]): Promise<void>;
  /** Opens a stream; returns the cancel, which does nothing once it has ended. */
  stream(method: string, args: unknown[], observer: StreamObserver): () => void;
  /** Ends every stream with the error, and waits at most `timeout` ms for the calls in flight. */
  drain(error: HubError, timeout: number): Promise<{ drained: number; aborted: number }>;
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
  const token = tokenOf(credentials);
  const extra = credentials && 'cookie' in credentials ? credentials.headers : {};
  const http = createHttpClient(extra, settings.fetch ?? ((...args) => fetch(...args)));
  const given = new AbortController();
  const ended = deferred<Failure>();
  const streams = new Set<(error: HubError) => void>();
  const calls = new Set<Promise<unknown>>();
  let socket: HeldSocket | null = null;
  let goodbye: Failure | null = null;
  let state: 'opening' | 'open' | 'gone' = 'opening';
  let openedAt = 0;
  let lostWith: unknown;
  let closing: Promise<CloseOutcome> | undefined;

  const protocol = observedProtocol(
    (settings.protocol as IHubProtocol | undefined) ?? new JsonHubProtocol(),
    (failure) => {
      goodbye = failure;
    },
  );
  const Base = settings.WebSocket ?? (globalThis.WebSocket as WebSocketConstructor | undefined);
  const { transport } = settings;
  const connection = new HubConnectionBuilder()
    .withUrl(url, {
      ...settings,
      httpClient: http,
      accessTokenFactory: token && (() => token),
      transport: typeof transport === 'string' ? HttpTransportType[transport] : transport,
      WebSocket: Base && holdableWebSocket(Base, (created) => (socket = created)),
    } as unknown as IHttpConnectionOptions)
    .withHubProtocol(protocol)
    .withServerTimeout(settings.serverTimeout)
    .withKeepAliveInterval(settings.keepAliveInterval)
    // Never SignalR’s console logger: it prints the socket’s URL with the token. What it calls an error, we may retry.
    .configureLogging({
      log: (level, message) => logger.log(level < LogLevel.Information ? 'trace' : 'debug', `signalr: ${message}`),
    })
    .build();
  connection.onclose((error) => {
    lostWith = error;
    end(goodbye ?? { kind: 'lost', cause: error });
  });

  /** Nothing more comes of this link; who lived with it hears how it ended. */
  function end(failure: Failure): void {
    if (state === 'open') ended.resolve(failure);
    state = 'gone';
    given.abort();
  }

  async function open(): Promise<void> {
    const started = connection.start();
    const timedOut = !(await settledWithin(started, settings.timeout));
    if (timedOut) abandon();
    try {
      if (!timedOut) await started;
      // SignalR may have started just when we gave up; and it takes a Close right behind the handshake for nothing.
      if (given.signal.aborted || goodbye) throw lostWith;
      state = 'open';
      openedAt = now();
    } catch (cause) {
      end({ kind: 'lost', cause });
      const kind = timedOut ? 'timeout' : 'unreachable';
      // Nobody says why a socket was refused.
      const refusal = settings.skipNegotiation && kind === 'unreachable' ? await probe() : http.failure;
      throw new LinkError(refusal ?? goodbye ?? { kind, cause });
    }
  }

  const probe = (): Promise<Failure | null> =>
    import('./probe.js').then(({ probeNegotiate }) => probeNegotiate(link, settings)).catch(() => null);

  const failed = (thrown: unknown, method: string): HubError => callError(thrown, method, lostWith);

  function invoke(method: string, args: unknown[]): Promise<unknown> {
    const call = connection.invoke<unknown>(method, ...args).then(
      (result) => {
        calls.delete(call);
        return result;
      },
      (thrown) => {
        calls.delete(call);
        throw failed(thrown, method);
      },
    );
    calls.add(call);
    return call;
  }

  async function send(method: string, args: unknown[]): Promise<void> {
    try {
      await connection.send(method, ...args);
    } catch (thrown) {
      throw failed(thrown, method);
    }
  }

  function stream(method: string, args: unknown[], observer: StreamObserver): () => void {
    const endWith = (error?: HubError): void => {
      if (!streams.delete(endWith)) return;
      if (error) observer.error(error);
      else observer.complete();
    };
    const subscription = connection.stream<unknown>(method, ...args).subscribe({
      next: observer.next,
      complete: () => endWith(),
      // SignalR ends streams just before it says what the connection ended with.
      error: (thrown) => queueMicrotask(() => endWith(failed(thrown, method))),
    });
    streams.add(endWith);
    return () => {
      if (streams.delete(endWith)) subscription.dispose();
    };
  }

  async function drain(error: HubError, timeout: number): Promise<{ drained: number; aborted: number }> {
    const cancelled = streams.size;
    for (const endWith of streams) endWith(error);
    const pending = calls.size;
    await settledWithin(Promise.allSettled(calls), timeout);
    return { drained: pending - calls.size, aborted: cancelled + calls.size };
  }

  async function sayGoodbye(timeout: number): Promise<CloseOutcome> {
    const held = state === 'open' && socket?.socket.readyState === 1 ? socket : null;
    let outcome: CloseOutcome = 'unacknowledged';
    state = 'gone';
    if (held) {
      held.socket.send(protocol.writeMessage({ type: 7 }));
      held.held = true;
      outcome = (await settledWithin(held.closed.promise, timeout)) ? 'acknowledged' : 'timed-out';
    }
    abandon();
    await settledWithin(connection.stop(), timeout);
    return outcome;
  }

  function abandon(): void {
    end({ kind: 'lost', cause: null });
    http.abort();
    socket?.socket.close();
    void connection.stop();
  }

  const link: Link = {
    url,
    http,
    gate: null,
    calls,
    streams,
    context: {
      get connectionId() {
        return connection.connectionId ?? '';
      },
      invoke: ((method: string, ...args: unknown[]) => invoke(method, args)) as Invoke<UntypedContract>,
      send: (method, ...args) => send(method, args),
      token: token ?? null,
      signal: given.signal,
    },
    openedAt: () => openedAt,
    open,
    ended: ended.promise,
    on: (method, handler) =>
      connection.on(method, (...args: unknown[]) => (link.gate ? link.gate(method, args, handler) : handler(...args))),
    invoke,
    send,
    stream,
    drain,
    close: (timeout) => (closing ??= sayGoodbye(timeout)),
    abandon,
  };
  return link;
}

/** Filled in by the first upload, which needs messages of its own: has the last word on what is written. */
export const writing: { rewrite?: (message: HubMessage) => HubMessage } = {};

/** The protocol as given, but the server’s Close is seen: SignalR keeps `allowReconnect` to itself. */
function observedProtocol(protocol: IHubProtocol, closed: (failure: Failure) => void): IHubProtocol {
  const observed: IHubProtocol = Object.create(protocol) as IHubProtocol;
  observed.writeMessage = (message) => protocol.writeMessage(writing.rewrite?.(message) ?? message);
  observed.parseMessages = (input, logger) => {
    const messages = protocol.parseMessages(input, logger);
    for (const message of messages) {
      if (message.type !== MessageType.Close) continue;
      const cause = message.error ? new Error(message.error) : null;
      closed({ kind: 'closed-by-server', allowReconnect: message.allowReconnect === true, cause });
    }
    return messages;
  };
  return observed;
}
