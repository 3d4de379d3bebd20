/**
 * The life of a client, as data. Pure: the supervisor runs it, and it alone.
 *
 *   stopped ──► opening ──► connected        opening, parked, waiting and connected ──► closing ──► stopped
 *                 ▲  │ │        │            (stop, logout, another user)                  └──────► opening
 *                 │  │ └──────┐ │
 *                 │  ▼        ▼ ▼            opening, waiting and connected ──► stopped
 *               parked      waiting ──► opening      (a verdict)
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

/** Where each phase may lead, and how the snapshot calls it. */
export const phases: { readonly [From in Name]: { readonly status: HubStatus; readonly to: readonly Name[] } } = {
  stopped: { status: 'disconnected', to: ['opening', 'stopped'] },
  parked: { status: 'disconnected', to: ['opening', 'closing', 'stopped'] },
  opening: { status: 'connecting', to: ['connected', 'waiting', 'parked', 'closing', 'stopped'] },
  waiting: { status: 'connecting', to: ['opening', 'closing', 'stopped'] },
  connected: { status: 'connected', to: ['waiting', 'closing', 'stopped'] },
  closing: { status: 'disconnecting', to: ['opening', 'stopped'] },
};

/** @param again it has been connected since start() */
export function statusOf({ name }: Phase, again: boolean): HubStatus {
  const { status } = phases[name];
  return again && status === 'connecting' ? 'reconnecting' : status;
}
