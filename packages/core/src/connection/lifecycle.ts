/**
 * The life of a client, as data. Pure: the supervisor runs it, and it alone.
 *
 *   stopped ──► opening ◄─► connected ──► connected (a new link took the old one's place)
 *                 ▲  │ │        │
 *                 │  │ └──────┐ │            opening, parked, waiting and connected ──► closing ──► stopped
 *                 │  ▼        ▼ ▼            (stop, logout, another user)                  └──────► opening
 *               parked      waiting
 *                 ▲           │              opening, waiting and connected ──► stopped
 *                 └─ opening ◄┘              (a verdict)
 */
import type { HubError } from '../vocabulary/errors.js';
import type { HubStatus } from '../vocabulary/snapshot.js';

/** What each phase knows, and only while it is valid; the names are those of the snapshot. */
export type Phase =
  /** At rest: as asked, or by a verdict. */
  | { readonly name: 'stopped'; readonly error: HubError | null }
  /** Nobody is signed in. */
  | { readonly name: 'parked' }
  /** A link is being opened, prepared, and its groups joined. */
  | { readonly name: 'opening'; readonly attempt: number; readonly error: HubError | null }
  /** It could not be opened, or is lost; another try at `retryAt`. */
  | { readonly name: 'waiting'; readonly attempt: number; readonly error: HubError; readonly retryAt: number }
  | { readonly name: 'connected'; readonly connectionId: string | null }
  /** The link is being closed, the acknowledged way. */
  | { readonly name: 'closing' };

type Name = Phase['name'];

/** How the snapshot calls each phase, and where it may lead. */
export const phases: { readonly [From in Name]: readonly [status: HubStatus, ...to: Name[]] } = {
  stopped: ['disconnected', 'opening', 'stopped'],
  parked: ['disconnected', 'opening', 'closing', 'stopped'],
  opening: ['connecting', 'connected', 'waiting', 'parked', 'closing', 'stopped'],
  waiting: ['connecting', 'opening', 'closing', 'stopped'],
  connected: ['connected', 'connected', 'opening', 'waiting', 'closing', 'stopped'],
  closing: ['disconnecting', 'opening', 'stopped'],
};

/** @param again it has been connected since start() */
export function statusOf({ name }: Phase, again: boolean): HubStatus {
  const [status] = phases[name];
  return again && status === 'connecting' ? 'reconnecting' : status;
}
