import type { HubError } from './errors.js';

export type HubStatus = 'disconnected' | 'connecting' | 'connected' | 'reconnecting' | 'disconnecting';

/** Whether somebody is signed in, as far as the token source has said. */
export type AuthStatus = 'unknown' | 'anonymous' | 'authenticated' | 'signed-out';

export interface GroupState {
  readonly status: 'joining' | 'joined' | 'failed';
  readonly error: HubError | null;
}

/** What an app shows: immutable, and the same object until something changed (`Object.is` tells). */
export interface HubSnapshot {
  readonly status: HubStatus;
  readonly auth: AuthStatus;
  /** SignalR's connection id; null while not connected and with `skipNegotiation`. */
  readonly connectionId: string | null;
  readonly userId: string | null;
  /** Epoch ms on the local clock; null where the source does not say. */
  readonly tokenExpiresAt: number | null;
  /** How many tries have failed since the connection was last good. */
  readonly attempt: number;
  /** Epoch ms of the next try; null while none is planned. */
  readonly retryAt: number | null;
  /** Why the connection is not there: the last failure while it is being retried, or what stopped it. */
  readonly error: HubError | null;
  readonly groups: ReadonlyMap<string, GroupState>;
  /** One more each time messages may have been missed: the signal to load again. */
  readonly gaps: number;
}

/** The snapshot of a client that was never started: what a server renders, and hydration must find again. */
export const initialSnapshot: HubSnapshot = Object.freeze({
  status: 'disconnected',
  auth: 'unknown',
  connectionId: null,
  userId: null,
  tokenExpiresAt: null,
  attempt: 0,
  retryAt: null,
  error: null,
  groups: new Map(),
  gaps: 0,
} satisfies HubSnapshot);
