import {
  HttpTransportType,
  HubConnectionBuilder,
  type HubMessage,
  type IHttpConnectionOptions,
  type IHubProtocol,
  type ISubscription,
  JsonHubProtocol,
  type LogLevel,
} from '@microsoft/signalr';
import { now, settledWithin } from '../platform/clock.js';
import { deferred } from '../platform/deferred.js';
import type { Credentials } from '../sources/token-source.js';
import type { Invoke, UntypedContract } from '../vocabulary/contract.js';
import { tokenOf } from '../vocabulary/credentials.js';
import { type HubError, notLoaded, textOf } from '../vocabulary/errors.js';
import type { HubLogger } from '../vocabulary/log.js';
import type { LinkContext, ResolvedOptions, WebSocketConstructor } from '../vocabulary/options.js';
import { LinkError, type Failure } from './failure.js';
import { createHttpClient, type RecordingHttpClient } from './negotiation.js';
import { observedProtocol, type ProtocolObserver } from './observed-protocol.js';
import { type HeldSocket, holdableWebSocket } from './socket.js';
import { type UnderWay, underWay } from './under-way.js';

/** By its number: the names are an object of SignalR’s, which the first load does without. */
const information: LogLevel.Information = 2;

export type CloseOutcome = 'acknowledged' | 'unacknowledged' | 'timed-out';

export interface StreamObserver {
  next(item: unknown): void;
  complete(): void;
  error(error: HubError): void;
}

/**
 * Stands between a link and the handlers of client methods; without it they are called.
 *
 * @param wanted the server waits for what `deliver` returns
 */
export type Gate = (method: string, args: unknown[], deliver: () => unknown, wanted: boolean) => unknown;

/** @param wanted the server waits for what it returns */
type Receive = (method: string, args: unknown[], wanted: boolean) => unknown;

/** One physical connection: opened once, closed once, never reused. */
export interface Link {
  readonly url: string;
  readonly context: LinkContext;
  readonly http: RecordingHttpClient;
  gate: Gate | null;
  /** The app's calls. */
  readonly calls: UnderWay;
  /** Calls for the link itself: its groups, and whatever the app asks of its `context`. No report tells of them. */
  readonly errands: UnderWay;
  /** What ends one, and its method. */
  readonly streams: ReadonlyMap<(error: HubError) => void, string>;
  /** Epoch ms; 0 until opened. */
  openedAt: number;
  /** @throws LinkError */
  open(): Promise<void>;
  /** Resolves, once it was open, with how it ended; never for a link that we closed ourselves. */
  readonly ended: Promise<Failure>;
  /** Calls the handlers of a client method. */
  receive: Receive;
  /** What `write` makes SignalR write, at once, goes out as `rewrite` has it. */
  writing<T>(rewrite: (message: HubMessage) => HubMessage, write: () => T): T;
  invoke(method: string, args: unknown[]): Promise<unknown>;
  send(method: string, args: unknown[]): Promise<void>;
  /** Bytes that wait in its WebSocket; undefined where there is none. */
  unsent(): number | undefined;
  /** Opens a stream; returns the cancel, which does nothing once it has ended. */
  stream(method: string, args: unknown[], observer: StreamObserver): () => void;
  /** Ends every stream with the error, and waits at most `timeout` ms for the calls in flight. */
  drain(error: HubError, timeout: number): Promise<{ drained: number; aborted: number } | undefined>;
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
  const extra = { ...(credentials && 'cookie' in credentials && credentials.headers) };
  /** Without it a link does what it can. */
  const later = import('./later.js').catch(() => null);
  const http = createHttpClient(settings.fetch ?? ((...args) => fetch(...args)), later, extra);
  const given = new AbortController();
  const ended = deferred<Failure>();
  const streams = new Map<(error: HubError) => void, string>();
  let socket: HeldSocket | null = null;
  let events: EventSource | undefined;
  let goodbye: Failure | null = null;
  let state: 'opening' | 'open' | 'gone' = 'opening';
  let closing: Promise<CloseOutcome> | undefined;

  const observer: ProtocolObserver = {
    receive({ target, arguments: args, invocationId }) {
      if (!invocationId) return void link.receive(target, args, false);
      const received = (async () => link.receive(target, args, true))();
      void later.then((loaded) => loaded?.answer(link, invocationId, received));
    },
    closed: (failure) => (goodbye = failure),
    rewrite: null,
  };
  const protocol = observedProtocol((settings.protocol as IHubProtocol | undefined) ?? new JsonHubProtocol(), observer);
  const {
    transport,
    WebSocket: Socket = globalThis.WebSocket,
    EventSource: Events = globalThis.EventSource,
  } = settings;
  const connection = new HubConnectionBuilder()
    .withUrl(url, {
      ...settings,
      httpClient: http,
      accessTokenFactory: token && (() => token),
      transport: typeof transport === 'string' ? HttpTransportType[transport] : transport,
      WebSocket: Socket && holdableWebSocket(Socket as WebSocketConstructor, (created) => (socket = created)),
      // Of one that is not open yet SignalR does not let go.
      EventSource:
        Events &&
        function (...args: ConstructorParameters<typeof Events>) {
          return (events = new Events(...args));
        },
    } as unknown as IHttpConnectionOptions)
    .withHubProtocol(protocol)
    .withServerTimeout(settings.serverTimeout)
    .withKeepAliveInterval(settings.keepAliveInterval)
    // Never SignalR’s console logger: it prints the socket’s URL with the token. What it calls an error, we may retry.
    .configureLogging({
      log: (level, message) => logger.log(level < information ? 'trace' : 'debug', `signalr: ${message}`),
    })
    .build();
  connection.onclose((cause) => end(goodbye ?? { kind: 'lost', cause }));

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
      // SignalR may have started just when we gave up; and it takes what ends a connection right behind the handshake for
      // nothing, be it a Close or the end of its event stream (it awaits a ping then, and tells nobody later: 10.0.11).
      if (given.signal.aborted || goodbye || events?.readyState === 2) throw new Error();
      state = 'open';
      link.openedAt = now();
      // Whatever it is that the server has given; SignalR forgets it when the connection ends.
      (link.context as { connectionId: string }).connectionId = textOf(connection.connectionId ?? '');
    } catch (cause) {
      end({ kind: 'lost', cause });
      const kind = timedOut ? 'timeout' : 'unreachable';
      // Nobody says why a socket was refused.
      const ask = settings.skipNegotiation && !timedOut;
      const refusal = ask ? await (await later)?.probeNegotiate(link, settings, cause) : http.failure;
      throw new LinkError(refusal ?? goodbye ?? { kind, cause });
    }
  }

  const failed = async (thrown: unknown, method: string): Promise<HubError> =>
    // SignalR ends its calls before it tells of its own end.
    (await later)?.callError(thrown, method, given.signal.aborted) ?? notLoaded(thrown);

  async function invoke(method: string, args: unknown[], under: UnderWay): Promise<unknown> {
    under.begin();
    try {
      return await connection.invoke<unknown>(method, ...args);
    } catch (thrown) {
      throw await failed(thrown, method);
    } finally {
      under.end();
    }
  }

  function writing<T>(rewrite: (message: HubMessage) => HubMessage, write: () => T): T {
    observer.rewrite = rewrite;
    return write();
  }

  async function send(method: string, args: unknown[]): Promise<void> {
    try {
      await connection.send(method, ...args);
    } catch (thrown) {
      throw await failed(thrown, method);
    }
  }

  function stream(method: string, args: unknown[], observer: StreamObserver): () => void {
    const endWith = (error?: HubError): void => {
      if (!streams.delete(endWith)) return;
      if (error) observer.error(error);
      else observer.complete();
    };
    const fail = (thrown: unknown): void => void failed(thrown, method).then(endWith);
    let subscription: ISubscription<unknown> | undefined;
    streams.set(endWith, method);
    try {
      subscription = connection
        .stream<unknown>(method, ...args)
        .subscribe({ next: observer.next, complete: () => endWith(), error: fail });
    } catch (thrown) {
      fail(thrown);
    }
    return () => {
      if (streams.delete(endWith)) subscription?.dispose();
    };
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
    events?.close();
    void connection.stop();
  }

  const link: Link = {
    url,
    http,
    gate: null,
    calls: underWay(),
    errands: underWay(),
    streams,
    context: {
      connectionId: '',
      invoke: ((method: string, ...args: unknown[]) => invoke(method, args, link.errands)) as Invoke<UntypedContract>,
      send: (method, ...args) => send(method, args),
      token: token ?? null,
      signal: given.signal,
    },
    openedAt: 0,
    open,
    ended: ended.promise,
    receive: () => {},
    writing,
    invoke: (method, args) => invoke(method, args, link.calls),
    send,
    unsent: () => socket?.socket.bufferedAmount,
    stream,
    drain: async (error, timeout) => (await later)?.drain(link, error, timeout),
    close: (timeout) => (closing ??= sayGoodbye(timeout)),
    abandon,
  };
  return link;
}
