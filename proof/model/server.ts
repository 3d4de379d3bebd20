/** The hub under test, whichever server runs it: what a schedule does to it, and what it saw. */
export interface Server {
  readonly name: string;
  /** Clients that the hub can reach now. */
  connections(): Promise<readonly { connectionId: string; userId: string | null; groups: readonly string[] }[]>;
  /** Tags of `Slow`, in the order in which the hub began to run them. */
  ran(): Promise<readonly string[]>;
  broadcast(number: number): Promise<void>;
  toGroup(group: string, number: number): Promise<void>;
  toUser(user: string): Promise<void>;
  /** Asks each client that is connected; whatever they answer. */
  ask(): Promise<void>;

  drop(): Promise<void>;
  close(how: { allowReconnect: boolean; error?: string }): Promise<void>;
  restart(downFor: number): Promise<void>;
  reject(status: number, on: Door, times: number): Promise<void>;
  refuseGroup(group: string): Promise<void>;
  failGroup(group: string, times: number): Promise<void>;
  /** Tokens of now are refused from now on. */
  revoke(): Promise<void>;
  /** Null where this server cannot do it. */
  readonly special: {
    freeze(): void;
    thaw(): void;
    /** Ms that everything takes longer. */
    delay(ms: number): void;
    garbage(seed: number): void;
    /** Closes the user's connections as at expiry. */
    expire(user: string): Promise<void>;
    cutAfter(bytes: number): void;
  } | null;
  /** Nothing is broken any more. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

export type Door = 'negotiate' | 'connect' | 'refresh';

/** What clients call. */
export interface ModelHub {
  server: {
    Slow(ms: number, tag: string): Promise<string>;
    JoinGroup(group: string): Promise<void>;
    JoinGroups(groups: string[]): Promise<void>;
    LeaveGroup(group: string): Promise<void>;
    Fail(kind: 'hub' | 'other'): Promise<void>;
    Collect(run: string, numbers: AsyncIterable<number>): Promise<number[]>;
  };
  client: {
    Number(number: number): void;
    GroupMessage(group: string, text: string): void;
    Private(user: string): void;
    Asked(value: number): Promise<number>;
  };
  streams: {
    Counter(count: number, delayMs: number): number;
    Ticks(run: string, delayMs: number): number;
  };
}
