/** What an app shows: immutable, and the same object until something changed (`Object.is` tells). */
export type LiveQuerySnapshot<T> = LiveQueryProgress &
  (
    | { readonly status: 'pending'; readonly data: undefined; readonly error: null }
    | { readonly status: 'success'; readonly data: T; readonly error: null }
    /** `data` is what there was before, if there was any. */
    | { readonly status: 'error'; readonly data: T | undefined; readonly error: Error }
  );

export interface LiveQueryProgress {
  /**
   * - `fetching`: a load is under way;
   * - `paused`: it waits for the connection, for the group, or for the next try; what `data` shows may be out of date;
   * - `idle`: the data is live; or nobody listens; or there will be no other try.
   */
  readonly fetchStatus: 'fetching' | 'paused' | 'idle';
  /** Tries in a row that failed: loads, and reducers that threw soon after one. 0 while the data is live. */
  readonly failureCount: number;
  /** Epoch ms of the next try; null while none is planned. */
  readonly retryAt: number | null;
}

/** The snapshot of a query that nobody has listened to: what a server renders, and hydration must find again. */
export const initialLiveQuerySnapshot: LiveQuerySnapshot<never> = Object.freeze({
  status: 'pending',
  fetchStatus: 'idle',
  data: undefined,
  error: null,
  failureCount: 0,
  retryAt: null,
});
