import type { GroupState } from '../vocabulary/snapshot.js';

/** One wish to be in a group. */
export interface GroupHandle {
  readonly name: string;
  readonly state: GroupState;
  /** Resolves once joined; rejects on refusal or leave. It never becomes an unhandled rejection. */
  readonly ready: Promise<void>;
  /** Tries a refused group again. */
  retry(): void;
  /** Gives the wish back; resolves when no live connection holds the group for us any more. Idempotent. */
  leave(): Promise<void>;
}
