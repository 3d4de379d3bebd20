import type { Dispatch } from '../calls/dispatch.js';
import type { Outbox } from '../calls/outbox.js';
import type { GroupLedger } from '../groups/group-ledger.js';
import type { Session } from '../session/session.js';
import type { HubEvent } from '../vocabulary/events.js';
import type { HubLogger } from '../vocabulary/log.js';
import type { ResolvedOptions } from '../vocabulary/options.js';
import type { HubSnapshot } from '../vocabulary/snapshot.js';

/** The rooms that make up a client, for whoever runs its life. */
export interface SupervisorParts {
  options: ResolvedOptions;
  /** Null for a hub without users. */
  session: Session | null;
  outbox: Outbox;
  dispatch: Dispatch;
  groups: GroupLedger;
  logger: HubLogger;
  snapshot(): HubSnapshot;
  write(patch: Partial<HubSnapshot>): void;
  emit(event: HubEvent): void;
}
