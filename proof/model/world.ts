import type { Accounts } from './accounts.ts';
import type { ClientSettings, Watched } from './client.ts';
import type { Page } from './page.ts';
import type { Server } from './server.ts';

export interface WorldSettings {
  /** Seeds what the clients draw. */
  readonly chance: number;
  readonly closeAtExpiry: boolean;
  readonly renewable: boolean;
  /** Whether the token source says who the user is. */
  readonly named: boolean;
  /** Ms that tokens live. */
  readonly lifetime: number;
  readonly clients: readonly [ClientSettings, ClientSettings];
}

/** What a schedule runs in. */
export interface World {
  readonly clients: readonly Watched[];
  readonly accounts: Accounts;
  readonly server: Server;
  readonly page: Page;
  /** Everything that needs no time has happened; on a real server: a little time. */
  drained(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Ms that have passed; jumps of the clock do not count. */
  elapsed(): number;
  /** As long as it takes for all to come to rest: `ms`, or, where time is real, until it is so. */
  rest(ms: number, isSo: () => boolean | Promise<boolean>): Promise<void>;
  /** Null where time is real. */
  readonly jump: ((ms: number) => void) | null;
  /** What was seen that must not be. */
  readonly complaints: string[];
  /** The last number that was sent. */
  number: number;
  /** Grows with each start and sign-in: whoever asked for silence before may hear something again. */
  wakings: number;
  /** Ms that a message may be on its way. */
  slack: number;
  /** Everything that is still there when all is over. */
  leftovers(): Promise<string[]>;
}

/** What a schedule has asked for so far, and so what is to be expected. */
export interface Expected {
  frozen: boolean;
  readonly clients: ExpectedClient[];
}

export interface ExpectedClient {
  /** `maybe`: a start was aborted, and it depends on when. */
  intent: boolean | 'maybe';
  disposed: boolean;
  /** The group of each handle; null where it was left. */
  readonly wishes: (string | null)[];
}
