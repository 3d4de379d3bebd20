/**
 * The lab: one hub for the scenario tests, on two servers. A scenario is written once against this file and runs on
 * both; what differs between them stays behind it.
 *
 * Whatever the server saw is a list of facts with wall-clock times (the servers share this machine's clock, so they
 * compare with `Date.now()` of the test). All times and delays are milliseconds unless the name says otherwise.
 */

export type LabKind = 'node' | 'aspnetcore';

/** What clients call and hear, the same on both servers. */
export interface LabHub {
  server: {
    Echo<T>(value: T): Promise<T>;
    Add(a: number, b: number): Promise<number>;
    /** Refused by `lab.refuseGroup` with a HubException; fails with a plain exception as often as `lab.failGroup` said. */
    JoinGroup(group: string): Promise<void>;
    /** All or none: one refused group refuses the call. */
    JoinGroups(groups: string[]): Promise<void>;
    LeaveGroup(group: string): Promise<void>;
    /** The group hears `GroupMessage`, the sender too if it is a member. */
    SendToGroup(group: string, text: string): Promise<void>;
    /** Counts the run, waits, returns the tag. The wait goes on when the caller is gone, as a database call would. */
    Slow(ms: number, tag: string): Promise<string>;
    /** How often `Slow` was run with this tag. */
    Count(tag: string): Promise<number>;
    /** 'hub': HubException("You cannot do that."), whose text clients see. 'other': a plain exception, whose text they do not. */
    Fail(kind: 'hub' | 'other'): Promise<void>;
    /** For the role `admin`. */
    RolesOnly(): Promise<string>;
    WhoAmI(): Promise<{ userId: string | null; roles: string[]; connectionId: string }>;
    /** The numbers of `startNumbers` so far that come after this one: each is here before it is sent. */
    NumbersSince(number: number): Promise<number[]>;
    /** Asks the caller for a client result. */
    AskClient(method: string, argument: unknown): Promise<unknown>;
    /** Answers with all that goes up (an IAsyncEnumerable). What it reads, and how it ends, is in `lab.runs()`, as with the next ones. */
    Collect(run: string, numbers: AsyncIterable<number>): Promise<number[]>;
    /** Reads an IAsyncEnumerable and a ChannelReader side by side. */
    CollectTwo(
      run: string,
      numbers: AsyncIterable<number>,
      words: AsyncIterable<string>,
    ): Promise<{ numbers: number[]; words: string[] }>;
    /** Answers after so many items; nobody reads the others. */
    CollectSome(run: string, count: number, numbers: AsyncIterable<number>): Promise<number[]>;
  };
  client: {
    GroupMessage(group: string, text: string): void;
    /** 1, 2, 3, … see `startNumbers`. */
    Number(number: number): void;
  };
  streams: {
    /** 1, 2, … count, with a pause before each. */
    Counter(count: number, delayMs: number): number;
    /** 1, 2, 3, … until it is cancelled. */
    Ticks(run: string, delayMs: number): number;
    /** Twice each number that goes up (a ChannelReader down). */
    Double(run: string, numbers: AsyncIterable<number>): number;
  };
}

export interface LabOptions {
  /** Ends a connection about a second after its token expired. @default false, as in ASP.NET Core */
  closeOnAuthenticationExpiration?: boolean;
  /** Connections can be renewed in place: `/refresh`, as .NET 11 has it and TokenRefresh.cs brings it. @default false */
  tokenRefresh?: boolean;
  /** Seconds by which the clock that issues and judges tokens is ahead of this machine's; negative: behind. @default 0 */
  clock?: number;
  /** Seconds that an expired token is still accepted. @default 0 (JwtBearer's own default is 300) */
  clockSkew?: number;
  /** Visitors without a token may connect. @default false */
  allowAnonymous?: boolean;
  /** The end point answers 403 to tokens without this role. @default none */
  requiredRole?: string;
  /** How long OnDisconnected takes. @default 0 */
  disconnectDelay?: number;
  /** How long each join takes. @default 0 */
  joinDelay?: number;
}

export interface LabTokenRequest {
  sub: string;
  /** Seconds; negative for a token that has already expired. */
  expiresIn: number;
  /** @default what `setRoles` said, else none */
  roles?: readonly string[];
}

export interface Lab {
  readonly kind: LabKind;
  /** The hub's URL; it survives `restart()`. */
  readonly url: string;

  // Users and tokens
  /** A signed token with an id of its own (`jti`), so that no two are equal. */
  issue(request: LabTokenRequest): Promise<string>;
  /** From now on the server answers 401 to every token of this user issued so far; live connections stay. */
  revoke(sub: string): Promise<void>;
  /** The roles of tokens issued from now on. */
  setRoles(sub: string, roles: readonly string[]): void;
  /** The end point answers 403 to this user, whatever the token says; live connections stay. */
  forbid(sub: string): Promise<void>;
  allow(sub: string): Promise<void>;
  /** From now on the server takes this role from the user's tokens, whatever they say; live connections keep it. */
  revokeRole(sub: string, role: string): Promise<void>;

  // Faults
  /** Every socket and event stream dies without a Close frame: clients see 1006. Of long polling only a poll under way is cut. */
  drop(): Promise<void>;
  /**
   * The hub protocol's Close, then the socket. ASP.NET Core cannot say `error` while a connection is up (it throws);
   * see `failConnections` for a Close with an error there.
   */
  closeAll(options: { allowReconnect: boolean; error?: string }): Promise<void>;
  /**
   * The server dies at once and is back on the same port after `downFor` (ASP.NET Core takes about a second longer);
   * resolves when it answers again. Faults asked for meanwhile hold from the first request on. No OnDisconnected is
   * sure to run: the process of ASP.NET Core is killed.
   */
  restart(options?: { downFor?: number }): Promise<void>;
  /** The next connections are closed with an error by a throwing OnConnected. */
  failConnections(times: number): Promise<void>;
  /** The next requests get this status before authentication is asked. 0 times ends it. */
  reject(
    status: number,
    options?: { on?: 'negotiate' | 'connect' | 'refresh'; times?: number; headers?: Record<string, string> },
  ): Promise<void>;
  /** Negotiate sends clients elsewhere, with a token of that place, once they are admitted; null: they stay. */
  redirect(target: { url: string; accessToken: string } | null): Promise<void>;
  refuseGroup(group: string): Promise<void>;
  admitGroup(group: string): Promise<void>;
  /** The next joins of this group fail with a plain exception, as when a database is down. */
  failGroup(group: string, times: number): Promise<void>;
  setJoinDelay(ms: number): Promise<void>;
  setDisconnectDelay(ms: number): Promise<void>;

  // Messages from the server
  broadcast(method: string, ...args: unknown[]): Promise<void>;
  toGroup(group: string, method: string, ...args: unknown[]): Promise<void>;
  toUser(userId: string, method: string, ...args: unknown[]): Promise<void>;
  /** Asks one connection for a client result, from outside of a hub method. Rejects with what the server is told. */
  ask(connectionId: string, method: string, ...args: unknown[]): Promise<unknown>;

  /** Everybody hears `Number` with 1, 2, 3, … from now on, one every `every` ms (several at once where that is less than a timer can do). */
  startNumbers(options: { every: number }): Promise<void>;
  /** Resolves with the last number, when it is on its way. A restart ends them, too. */
  stopNumbers(): Promise<number>;

  // What the server saw, oldest first. They survive `restart()`.
  connections(): Promise<LabConnection[]>;
  joins(): Promise<LabJoins>;
  calls(): Promise<LabCall[]>;
  runs(): Promise<LabRun[]>;
  negotiations(): Promise<LabRequest[]>;
  requests(): Promise<LabRequest[]>;
  disconnects(): Promise<LabDisconnect[]>;
  /** Starts new lists (a new phase of a scenario); live connections and settings stay. */
  forget(): Promise<void>;
  /**
   * Waits until `read` gives something other than undefined, null or false, asking again with each new fact.
   * Rejects after `timeout` (10 s) with `what` and the last facts.
   */
  waitFor<T>(
    what: string,
    read: (facts: LabFacts) => T,
    options?: { timeout?: number },
  ): Promise<Exclude<T, undefined | null | false>>;

  /** The end of the server's own log; without tokens. Empty on Node. */
  log(): string;
  close(): Promise<void>;
}

/** Everything the server saw, as one consistent picture. */
export interface LabFacts {
  readonly connections: readonly LabConnection[];
  readonly joins: LabJoins;
  readonly calls: readonly LabCall[];
  readonly runs: readonly LabRun[];
  readonly negotiations: readonly LabRequest[];
  readonly requests: readonly LabRequest[];
  readonly disconnects: readonly LabDisconnect[];
}

/** A live connection: OnConnected was called, OnDisconnected was not. */
export interface LabConnection {
  readonly connectionId: string;
  readonly userId: string | null;
  readonly groups: readonly string[];
  readonly at: number;
}

export interface LabJoins {
  readonly calls: readonly LabJoin[];
  /** The most join invocations that ran at the same time. Give `setJoinDelay` a value to make it meaningful. */
  readonly maxConcurrent: number;
}

/** One invocation of JoinGroup (one group) or JoinGroups (many). */
export interface LabJoin {
  readonly connectionId: string;
  readonly groups: readonly string[];
  readonly at: number;
  /** 'lost': the server died, or the connection ended, before the join was through. */
  readonly outcome: 'running' | 'joined' | 'refused' | 'failed' | 'lost';
}

/** One hub method invocation (streams and joins too), in the order the server took them; without what goes up. */
export interface LabCall {
  readonly connectionId: string;
  readonly userId: string | null;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly at: number;
}

/** What became of a hub method that takes a stream or is one, and was given a name for that. */
export interface LabRun {
  readonly run: string;
  readonly connectionId: string;
  /** What it has read. */
  readonly items: readonly unknown[];
  /** 'cancelled': the reader has left, or the connection is gone; else 'completed', or the text of the error. */
  readonly ended: 'running' | 'completed' | 'cancelled' | (string & {});
}

/** One HTTP request to the hub; preflights are left out. An accepted WebSocket has the status 101; 0: it was cut before an answer. */
export interface LabRequest {
  readonly method: string;
  /** Without the query, where a browser puts the token. */
  readonly path: string;
  readonly status: number;
  /** The `jti` of the token it carried, good or bad. */
  readonly tokenId: string | null;
  readonly at: number;
}

export interface LabDisconnect {
  readonly connectionId: string;
  readonly startedAt: number;
  /** null while OnDisconnected runs. */
  readonly finishedAt: number | null;
}
