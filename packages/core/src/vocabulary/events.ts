import type { HubError } from './errors.js';
import type { HubStatus } from './snapshot.js';

/** The life of a connection, event by event. Times are epoch ms, durations ms. */
export interface HubEvents {
  statusChanged: { from: HubStatus; to: HubStatus; cause: HubError | null };
  /** The token is about to expire; a fresh one is being asked for. */
  tokenExpiring: { expiresAt: number };
  tokenRefreshed: { expiresAt: number | null };
  /** A refresh failed and will be tried again at `retryAt`; the old token is used as long as it lasts. */
  tokenRefreshFailed: { error: HubError; retryAt: number | null };
  tokenExpired: { expiresAt: number };
  /** The server refused a fresh token too; the client has stopped. `challenge` is its `WWW-Authenticate`, where it can be seen. */
  unauthorized: { status: 401; challenge?: string; error: HubError };
  forbidden: { status: 403; error: HubError };
  /** Somebody was signed in and is no more; told once. */
  sessionEnded: { reason: 'session-ended' | 'signed-out' | 'logout' };
  reconnecting: { cause: HubError; attempt: number; retryAt: number };
  /** Connected again after a gap of `gapMs`. */
  restored: { gapMs: number; joined: number; failed: number };
  /** The connection goes on with the fresh token. `durationMs`: from the fresh token on; `duplicatesDropped`: heard on both connections. */
  rotated: { method: 'refresh' | 'overlap' | 'custom'; durationMs: number; duplicatesDropped: number };
  groupJoined: { group: string };
  groupFailed: { group: string; error: HubError };
  groupLeft: { group: string };
}

export type HubEventType = keyof HubEvents;
export type HubEvent = { [T in HubEventType]: { readonly type: T } & Readonly<HubEvents[T]> }[HubEventType];
export type HubEventOf<T extends HubEventType | '*'> = T extends '*' ? HubEvent : Extract<HubEvent, { type: T }>;

/** Listeners by type; `'*'` hears every event. */
export type HubEventListeners = {
  [T in HubEventType | '*']: (event: HubEventOf<T>) => void;
};

/** An event source: `on` returns an idempotent `off`. */
export interface HubEventSource {
  on<T extends HubEventType | '*'>(type: T, listener: (event: HubEventOf<T>) => void): () => void;
}
