import type { ArgumentsOf, ClientOf, HubContract, MethodName, ResultOf } from './contract.ts';

/** Who is at the other end of a connection. */
export interface HubUser {
  userId: string;
  name?: string;
  roles?: readonly string[];
  claims?: Readonly<Record<string, unknown>>;
  /** Epoch ms; the connection is closed then when the hub has `closeOnAuthenticationExpiration`. */
  expiresAt?: number;
}

/** Some connections. A message to nobody is no error. */
export interface ClientTarget<C extends HubContract> {
  /** Resolves when the message has been handed to every socket. */
  send<M extends MethodName<ClientOf<C>>>(method: M, ...args: ArgumentsOf<ClientOf<C>, M>): Promise<void>;
}

/** One connection: it can also be asked for a result. */
export interface SingleClientTarget<C extends HubContract> extends ClientTarget<C> {
  /** Calls the client's one handler and resolves with what it returned; rejects when the connection is gone or the client answers with an error. */
  invoke<M extends MethodName<ClientOf<C>>>(
    method: M,
    ...args: ArgumentsOf<ClientOf<C>, M>
  ): Promise<ResultOf<ClientOf<C>, M>>;
}

/** Targets that do not depend on a caller; `hub.clients`. */
export interface HubClients<C extends HubContract> {
  readonly all: ClientTarget<C>;
  /** All but these connections. */
  except(...connectionIds: string[]): ClientTarget<C>;
  group(name: string): ClientTarget<C>;
  groupExcept(name: string, ...connectionIds: string[]): ClientTarget<C>;
  groups(...names: string[]): ClientTarget<C>;
  /** All connections of a user. */
  user(userId: string): ClientTarget<C>;
  users(...userIds: string[]): ClientTarget<C>;
  client(connectionId: string): SingleClientTarget<C>;
}

/** Targets as a hub method sees them. */
export interface CallerClients<C extends HubContract> extends HubClients<C> {
  readonly caller: SingleClientTarget<C>;
  readonly others: ClientTarget<C>;
  othersInGroup(name: string): ClientTarget<C>;
}

export interface CallerGroups {
  /** @param connectionId default: the caller. Rejects with a HubException for a name given to `hub.refuseGroup`. */
  add(name: string, connectionId?: string): Promise<void>;
  remove(name: string, connectionId?: string): Promise<void>;
}

/** What a hub method knows about its caller: `Context`, `Clients` and `Groups` of ASP.NET Core. */
export interface HubCall<C extends HubContract> {
  readonly connectionId: string;
  /** Null for a visitor. */
  readonly user: HubUser | null;
  /** Null for a visitor. */
  readonly userId: string | null;
  /** Kept for the life of the connection. */
  readonly items: Map<string, unknown>;
  readonly clients: CallerClients<C>;
  readonly groups: CallerGroups;
  /** Aborts when the connection ends; in a stream also when the client cancels it. */
  readonly signal: AbortSignal;
  /** As `Context.Abort()`: closes this connection and tells the client not to reconnect. */
  abort(): void;
  /** Kills this connection's socket without a Close frame, as a lost network does. */
  drop(): void;
}
