import { createBoard } from './board.js';
import { createDispatch } from './calls/dispatch.js';
import { createOutbox } from './calls/outbox.js';
import { openStream } from './calls/streams.js';
import { createSupervisor } from './connection/supervisor.js';
import { createGroupLedger, type GroupHandle } from './groups/group-ledger.js';
import { sessionOf } from './session/session.js';
import type {
  ClientHandler,
  ClientMethod,
  HubContract,
  Invoke,
  OpenStream,
  ResultHandler,
  Send,
  UntypedContract,
} from './vocabulary/contract.js';
import type { HubEventSource } from './vocabulary/events.js';
import { createLogger } from './vocabulary/log.js';
import {
  type CallOptions,
  type HubOptions,
  type LogoutOptions,
  type LogoutReport,
  resolveOptions,
  type StartOptions,
} from './vocabulary/options.js';
import type { HubSnapshot } from './vocabulary/snapshot.js';

/** A hub connection that looks after its token, its groups and itself. */
export interface HubClient<C extends HubContract = UntypedContract> {
  /**
   * Connects, and stays connected until `stop()`. Resolves when connected with every wanted group settled; stays pending
   * while failures are transient or nobody is signed in.
   * @throws HubError terminal failures (`unauthorized`, `not-a-hub`, …), `closed` on stop(), `aborted`
   */
  start(options?: StartOptions): Promise<void>;
  /** Closes the connection; resolves when the server has finished with it, or after 5 s. */
  stop(): Promise<void>;
  /** Closes every client of this token source in order, then signs out. Never rejects for the connection’s sake. */
  logout(options?: LogoutOptions): Promise<LogoutReport>;
  readonly invoke: Invoke<C>;
  readonly send: Send<C>;
  readonly stream: OpenStream<C>;
  /** The same calls with a signal, a time limit, or without waiting for a connection. */
  with(options: CallOptions): Pick<HubClient<C>, 'invoke' | 'send' | 'stream'>;
  /** Any number of handlers, called in order; returns an idempotent off. */
  on<M extends ClientMethod<C>>(clientMethod: M, handler: ClientHandler<C, M>): () => void;
  /** The one handler whose result goes back to the server. @throws HubError `configuration` for a second one */
  handle<M extends ClientMethod<C>>(clientMethod: M, handler: ResultHandler<C, M>): () => void;
  /** Wants a group until `leave()`; joined again by itself after each reconnect. Counted: each handle leaves once. */
  join(group: string): GroupHandle;
  /**
   * A fresh token, and a fresh principal on the server, now: for roles that have changed. Resolves when hub methods see it.
   * @throws HubError what stands in the way: `unauthorized`, `forbidden`, `token-unavailable`, …; the connection stays
   */
  refreshAuthentication(): Promise<void>;
  readonly events: HubEventSource;
  getSnapshot(): HubSnapshot;
  /** Calls the listener after each change of the snapshot; returns the unsubscribe. */
  subscribe(listener: () => void): () => void;
  /** Stops, and releases every listener, timer and socket. Final. */
  dispose(): Promise<void>;
}

/**
 * Creates a client. Nothing happens before `start()`.
 *
 * @throws HubError `configuration` for an option that cannot work; the message names it
 */
export function createHubClient<C extends HubContract = UntypedContract>(options: HubOptions): HubClient<C> {
  const resolved = resolveOptions(options);
  const logger = createLogger(resolved.logger);
  const board = createBoard(logger, resolved.events);
  const dispatch = createDispatch(logger);
  const outbox = createOutbox(resolved.outbox, logger);
  const groups = createGroupLedger(
    resolved.groups,
    () => board.write({ groups: groups.states() }),
    (news) => supervisor.groupNews(news),
  );
  const session = resolved.auth ? sessionOf(resolved.auth) : null;
  const { snapshot, write, emit } = board;
  const supervisor = createSupervisor({
    options: resolved,
    session,
    outbox,
    dispatch,
    groups,
    logger,
    snapshot,
    write,
    emit,
  });

  function calls(how: CallOptions): Pick<HubClient, 'invoke' | 'send' | 'stream'> {
    return {
      invoke: <R>(method: string, ...args: unknown[]) => outbox.call('invoke', method, args, how) as Promise<R>,
      send: (method, ...args) => outbox.call('send', method, args, how) as Promise<void>,
      stream: <T>(method: string, ...args: unknown[]) => openStream<T>(outbox, method, args, how),
    };
  }

  const { start, stop, logout, refreshAuthentication } = supervisor;
  const client: HubClient = {
    start,
    stop,
    logout,
    ...calls({}),
    with: calls,
    on: dispatch.on,
    handle: dispatch.handle,
    join: groups.join,
    refreshAuthentication,
    events: { on: board.on },
    getSnapshot: snapshot,
    subscribe: board.subscribe,
    dispose: () => supervisor.dispose().then(board.clear),
  };
  // The untyped client is what runs; the contract gives its names and types.
  return client as unknown as HubClient<C>;
}
