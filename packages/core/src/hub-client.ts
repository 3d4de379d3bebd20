import type { ClientHandler, ClientMethod, HubContract, Invoke, OpenStream, ResultHandler, Send, UntypedContract } from './vocabulary/contract.js';
import type { HubEventSource } from './vocabulary/events.js';
import type { CallOptions, HubOptions, LogoutOptions, LogoutReport, StartOptions } from './vocabulary/options.js';
import type { HubSnapshot } from './vocabulary/snapshot.js';
import type { GroupHandle } from './groups/group-ledger.js';

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
  readonly events: HubEventSource;
  getSnapshot(): HubSnapshot;
  /** Calls the listener after each change of the snapshot; returns the unsubscribe. */
  subscribe(listener: () => void): () => void;
  /** Stops, and releases every listener, timer and socket. Final. */
  dispose(): Promise<void>;
}
