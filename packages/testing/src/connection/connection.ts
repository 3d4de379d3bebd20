import { MessageType, TransferFormat } from '@microsoft/signalr';
import type { HubMessage } from '@microsoft/signalr';
import type { HubCall, HubUser } from '../api/call.ts';
import { createClientResults } from './client-results.ts';
import type { AnyHubContract } from '../api/contract.ts';
import { createDeferred } from '../platform/deferred.ts';
import { disconnectError, farewell, refusedOnConnected } from './ending.ts';
import type { Ending } from './ending.ts';
import type { ConnectedClient } from '../api/events.ts';
import type { ConnectionHost } from './host.ts';
import { receiveHandshake } from '../wire/handshake.ts';
import type { HubSocket, HubSocketEvents } from '../api/http.ts';
import { createInbox } from '../platform/inbox.ts';
import { createPipe } from './pipe.ts';
import { recordSeparator } from '../wire/records.ts';
import { toBytes } from '../wire/bytes.ts';
import { pingMessage } from '../wire/server-protocol.ts';
import type { ServerProtocol, WireData } from '../wire/server-protocol.ts';
import { createUploads } from './uploads.ts';
import type { Uploads } from './uploads.ts';
import { createWatch } from './watch.ts';

/** One client, from its upgrade to the end of `onDisconnected`. */
export interface Connection {
  readonly client: ConnectedClient;
  readonly groups: { join(name: string): boolean; leave(name: string): boolean };
  /** The handshake is done and nothing has ended it. */
  readonly reachable: boolean;
  /** `onConnected` is running. */
  readonly arriving: boolean;
  /** Aborts when the connection ends. */
  readonly signal: AbortSignal;
  readonly uploads: Uploads;
  /** Null before the handshake. */
  readonly protocol: ServerProtocol | null;
  /** `onDisconnected` has finished. */
  readonly done: Promise<void>;
  readonly incoming: HubSocketEvents;
  /** A no-op once the connection has ended. @param written what the message looks like in each protocol, where many hear it */
  send(message: HubMessage, written?: Map<ServerProtocol, WireData>): void;
  /** A call that the client answers. */
  ask(method: string, args: unknown[]): Promise<unknown>;
  end(ending: Ending): void;
  /** As the token says, whatever roles the hub has taken away. */
  readonly tokenUser: HubUser | null;
  /** Another principal of the same user, with another expiry: the user id and the groups stay as they are, and so does `user` of methods that run. */
  renew(user: HubUser): void;
  /** Moves the expiry alone. @param expiresAt epoch ms; undefined: never */
  expireAt(expiresAt: number | undefined): void;
  /** The socket dies without a Close frame. */
  drop(): void;
  /** The socket dies when this many more bytes have left. Returns what lifts it. */
  cutAfter(bytes: number): () => void;
  /** Sends what the function gives for the protocol's format, be it a message or not. */
  sendRaw(data: (binary: boolean) => WireData): void;
  /** Looks at expiry, keep-alive and time-outs. */
  beat(): void;
}

/** How long a client may take to answer the Close frame, ms; Kestrel's default. */
const closeTimeout = 5_000;

/**
 * On ASP.NET Core a method that waits for nothing has answered before the next message is read; so a Close right behind it does not cost the answer.
 * Here each `async` costs a turn of the microtask queue: a few turns are given. (No timer: tests fake those.)
 */
async function promptMethods(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

/**
 * handshake ──ok──▶ onConnected ──ok──▶ messages ──end()──▶ farewell ─▶ onDisconnected ─▶ socket closed (1000) ─▶ gone
 *     └─refused─▶ gone  └─threw─▶ Close with the error ─▶ gone
 *
 * The socket is closed last, so a client that sent Close and waits knows that `onDisconnected` has run. A client that closed the socket itself was
 * answered by the socket, before. One line of code runs through all of it (`run`); whatever happens outside only calls `end()`, and the first one counts.
 */
export function createConnection(
  host: ConnectionHost,
  socket: HubSocket,
  connectionId: string,
  admitted: HubUser | null,
): Connection {
  const { clock, settings } = host;
  const inbox = createInbox<WireData>();
  const aborter = new AbortController();
  const socketClosed = createDeferred();
  const groups = new Set<string>();
  const uploads = createUploads();
  const watch = createWatch(clock, { ...settings, inherentKeepAlive: socket.inherentKeepAlive === true });
  let user = admitted;
  let protocol: ServerProtocol | null = null;
  let leaving = false;
  let ending: Ending | null = null;
  let arriving = false;
  let closeCode = 1000;

  const end = (reason: Ending): void => {
    // Who has gone cannot be asked to go.
    if (reason.by !== 'hub') return finishEnd(reason);
    if (leaving) return;
    leaving = true;
    // A request of the server's own is heard between two messages: a method that asks for it and waits for nothing still answers.
    void promptMethods().then(() => finishEnd(reason));
  };
  const finishEnd = (reason: Ending): void => {
    if (ending) return;
    ending = reason;
    inbox.end();
    dispatcher.stop();
    uploads.abort();
    results.abort();
    aborter.abort();
  };

  const pipe = createPipe(socket, host.faults, clock, {
    message: (data) => inbox.push(data),
    left: () => end({ by: 'hub', allowReconnect: true }),
    closed() {
      socketClosed.resolve();
      end({ by: 'socket' });
    },
  });

  const write = (message: HubMessage, written?: Map<ServerProtocol, WireData>): void => {
    if (!protocol) return;
    const data = written?.get(protocol) ?? protocol.write(message);
    written?.set(protocol, data);
    watch.said();
    pipe.send(data);
  };
  const send: Connection['send'] = (message, written) => {
    if (ending) return;
    try {
      write(message, written);
    } catch (error) {
      // A result that cannot be written (a cycle, a bigint) costs the connection, as in ASP.NET Core.
      end({ by: 'fault', error });
    }
  };
  const writeLast = (message: HubMessage): void => {
    try {
      write(message);
    } catch (error) {
      // A protocol that was handed in is test code: its failure must not keep the connection from ending.
      console.error('A protocol of the test hub failed to write a Close.', error);
    }
  };
  const results = createClientResults(connectionId, send);

  async function readMessages(ready: ServerProtocol, rest: Uint8Array): Promise<void> {
    const reader = ready.createReader(settings.maximumReceiveMessageSize);
    try {
      for (let chunk: WireData | null = rest; chunk !== null; chunk = await watch.listen(inbox.next())) {
        if (ending) return;
        for (const message of reader.read(chunk)) {
          if (message.type === MessageType.Ping) watch.pinged();
          if (message.type === MessageType.Close) {
            return end({ by: 'client', ...(message.error === undefined ? {} : { error: message.error }) });
          }
          if (message.type === MessageType.Completion && results.complete(message)) continue;
          // Full slots hold back the messages behind, until the connection ends.
          await dispatcher.dispatch(message);
          await promptMethods();
          if (ending) return;
        }
      }
    } catch (error) {
      end({ by: 'fault', error });
    }
  }

  async function finish(call: HubCall<AnyHubContract>, reason: Ending): Promise<void> {
    const message = farewell(reason, settings.enableDetailedErrors);
    if (message) writeLast(message);
    const error = disconnectError(reason);
    if (!(await host.onDisconnected(call, error))) closeCode = 1011;
    host.disconnected(connection, error);
  }

  async function run(): Promise<void> {
    const { enableDetailedErrors: detailed } = settings;
    const shaken = await receiveHandshake(
      { ...host, ...settings, detailed, textOnly: socket.textOnly === true },
      inbox,
    );
    if (shaken === null || ending) return;
    if ('error' in shaken) return pipe.send(JSON.stringify({ error: shaken.error }) + recordSeparator);
    protocol = shaken.protocol;
    const welcome = '{}' + recordSeparator;
    // The format of the frames is the protocol's from here on, though the record is JSON.
    pipe.send(protocol.transferFormat === TransferFormat.Binary ? toBytes(welcome) : welcome);
    const call = host.createCall(connection);
    arriving = true;
    try {
      await host.onConnected(call);
    } catch (error) {
      writeLast(refusedOnConnected(error, settings.enableDetailedErrors));
      return end({ by: 'abort' });
    } finally {
      arriving = false;
    }
    host.connected(connection);
    await readMessages(protocol, shaken.rest);
    await finish(call, ending ?? { by: 'socket' });
  }

  const connection: Connection = {
    client: {
      id: connectionId,
      get user() {
        return host.roles.apply(user);
      },
      userId: admitted?.userId ?? null,
      groups,
      items: new Map(),
    },
    groups: {
      join: (name) => !groups.has(name) && groups.add(name).has(name),
      leave: (name) => groups.delete(name),
    },
    get arriving() {
      return arriving;
    },
    get reachable() {
      return protocol !== null && ending === null;
    },
    signal: aborter.signal,
    uploads,
    get protocol() {
      return protocol;
    },
    get done() {
      return done;
    },
    incoming: pipe.incoming,
    send,
    ask: (method, args) => results.ask(method, args),
    end,
    get tokenUser() {
      return user;
    },
    renew(renewed) {
      user = renewed;
    },
    expireAt(expiresAt) {
      if (!user) return;
      const { expiresAt: _past, ...same } = user;
      user = expiresAt === undefined ? same : { ...same, expiresAt };
    },
    drop: () => pipe.terminate(),
    cutAfter: (bytes) => pipe.cutAfter(bytes),
    sendRaw(data) {
      if (connection.reachable) pipe.send(data(protocol?.transferFormat === TransferFormat.Binary));
    },
    beat() {
      if (!connection.reachable) return;
      const due = watch.due(user?.expiresAt);
      if (due === 'ping') send(pingMessage);
      else if (due !== null) end(due);
    },
  };

  const dispatcher = host.createDispatcher(connection);
  const done = run().finally(() => {
    end({ by: 'socket' });
    pipe.close(closeCode, closeTimeout);
    void socketClosed.promise.then(() => host.gone(connection));
  });
  return connection;
}
