/**
 * The life of a client, as data. Pure: the supervisor runs it, and it alone. A test holds the list to the data, and the data
 * to what happens; `npm run docs:transitions` prints it.
 *
 *   stopped ──► opening ◄─► connected ─┐
 *                ▲  ▲ │      │    ▲    │
 *                │  │ └────┐ │    └────┘        all but stopped ──► closing ──► stopped
 *                │  │      ▼ ▼                                         └──────► opening
 *                │  └── waiting
 *                └────► parked                  opening, connected ──► stopped
 *
 *   stopped ──► opening                              start(); a sign-in, where the end of a session had stopped it
 *   opening ──► connected                            the link is open, prepared and in its groups
 *   opening ──► waiting                              it could not be; another try follows
 *   opening ──► parked                               nobody is signed in
 *   opening, connected ──► stopped                   a verdict: another try would not help
 *   waiting ──► opening                              it is time, or the page says that it is worth a try
 *   parked ──► opening                               a sign-in
 *   connected ──► waiting                            the link is lost; another try follows
 *   connected ──► opening                            lost, while the link that takes its place is not ready yet
 *   connected ──► connected                          another link has taken its place
 *   opening, parked, waiting, connected ──► closing  stop(), dispose(), logout(); another user
 *   closing ──► stopped                              the server has finished with the link, or time is over
 *   closing ──► opening                              as another user; as a visitor; start() was called meanwhile
 *   stopped ──► stopped                              stop() or logout(): an error is no longer shown
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
  parked: ['disconnected', 'opening', 'closing'],
  opening: ['connecting', 'connected', 'waiting', 'parked', 'closing', 'stopped'],
  waiting: ['connecting', 'opening', 'closing'],
  connected: ['connected', 'connected', 'opening', 'waiting', 'closing', 'stopped'],
  closing: ['disconnecting', 'opening', 'stopped'],
};

/** @param again it has been connected since start() */
export function statusOf({ name }: Phase, again: boolean): HubStatus {
  const [status] = phases[name];
  return again && status === 'connecting' ? 'reconnecting' : status;
}
