export { createLiveQuery, initialLiveQuerySnapshot } from '@org/hub-core/live';
export type {
  LiveLoadContext,
  LiveQuery,
  LiveQueryOptions,
  LiveQueryProgress,
  LiveQuerySnapshot,
  LiveReducers,
  LiveRetryOptions,
} from '@org/hub-core/live';
