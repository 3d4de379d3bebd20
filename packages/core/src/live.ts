export { createLiveQuery } from './live/live-query.js';
export type { LiveQuery } from './live/live-query.js';
export type { LiveLoadContext, LiveQueryOptions, LiveReducers, LiveRetryOptions } from './live/live-query-options.js';
export { initialLiveQuerySnapshot } from './live/live-query-snapshot.js';
export type { LiveQueryProgress, LiveQuerySnapshot } from './live/live-query-snapshot.js';
