/**
 * The life of a client, as data. Pure: the supervisor runs it, and it alone.
 *
 *                 ┌───────────────── halt ─────────────────┐
 *                 ▼                                        │
 *   stopped ──open──► opening ──opened──► connected ──lost─┼─► waiting ──open──► opening
 *      ▲                │ │ ▲                 │            │      │
 *      │              park│ └── open ─ waiting ◄── failed ─┘      │
 *      │                │ └────────────────── failed ─────────────┘
 *      │                ▼
 *      │              parked (nobody is signed in) ──open──► opening
 *      │
 *      └──halt── closing ◄──close── opening, waiting, connected, parked
 *                closing ──open──► opening        (started again, or another user)
 */
import type { HubError } from '../vocabulary/errors.js';
import type { HubStatus } from '../vocabulary/snapshot.js';

/** What each phase knows, and only while it is valid. `again`: it has been connected since start(). */
export type Phase =
  | { readonly name: 'stopped'; readonly error: HubError | null }
  | { readonly name: 'parked' }
  | { readonly name: 'opening'; readonly attempt: number; readonly again: boolean; readonly error: HubError | null }
  | { readonly name: 'waiting'; readonly attempt: number; readonly again: boolean; readonly error: HubError; readonly retryAt: number }
  | { readonly name: 'connected'; readonly attempt: number; readonly since: number }
  | { readonly name: 'closing' };

export type Input =
  /** A link is being opened. */
  | { readonly type: 'open' }
  /** It is open, prepared, and its groups are settled. */
  | { readonly type: 'opened'; readonly now: number }
  /** It could not be opened; another try at `retryAt`. */
  | { readonly type: 'failed'; readonly error: HubError; readonly retryAt: number }
  /** It was open and is no more; another try at `retryAt`. `stable`: it lasted long enough for the count to start anew. */
  | { readonly type: 'lost'; readonly error: HubError; readonly retryAt: number; readonly stable: boolean }
  /** Nobody is signed in. */
  | { readonly type: 'park' }
  /** The link is being closed, the acknowledged way. */
  | { readonly type: 'close' }
  /** At rest: as asked, or by a verdict. */
  | { readonly type: 'halt'; readonly error: HubError | null };

type Transitions = { readonly [P in Phase['name']]: { readonly [I in Input['type']]?: Phase['name'] } };

export const transitions: Transitions = {
  stopped: { open: 'opening', halt: 'stopped' },
  parked: { open: 'opening', close: 'closing', halt: 'stopped' },
  opening: { opened: 'connected', failed: 'waiting', park: 'parked', close: 'closing', halt: 'stopped' },
  waiting: { open: 'opening', park: 'parked', close: 'closing', halt: 'stopped' },
  connected: { lost: 'waiting', close: 'closing', halt: 'stopped' },
  closing: { open: 'opening', halt: 'stopped' },
};

export const firstPhase: Phase = { name: 'stopped', error: null };

/** The phase after an input; null where the input has no meaning in this phase. */
export function next(phase: Phase, input: Input): Phase | null {
  if (!transitions[phase.name][input.type]) return null;
  switch (input.type) {
    case 'open':
      return phase.name === 'waiting'
        ? { name: 'opening', attempt: phase.attempt, again: phase.again, error: phase.error }
        : { name: 'opening', attempt: 0, again: false, error: null };
    case 'opened':
      return { name: 'connected', attempt: phase.name === 'opening' ? phase.attempt : 0, since: input.now };
    case 'failed': {
      const { attempt, again } = phase.name === 'opening' ? phase : { attempt: 0, again: false };
      return { name: 'waiting', attempt: attempt + 1, again, error: input.error, retryAt: input.retryAt };
    }
    case 'lost': {
      const attempt = input.stable || phase.name !== 'connected' ? 0 : phase.attempt;
      return { name: 'waiting', attempt: attempt + 1, again: true, error: input.error, retryAt: input.retryAt };
    }
    case 'park':
      return { name: 'parked' };
    case 'close':
      return { name: 'closing' };
    case 'halt':
      return { name: 'stopped', error: input.error };
    default:
      return input satisfies never;
  }
}

export function statusOf(phase: Phase): HubStatus {
  switch (phase.name) {
    case 'stopped':
    case 'parked':
      return 'disconnected';
    case 'opening':
    case 'waiting':
      return phase.again ? 'reconnecting' : 'connecting';
    case 'connected':
      return 'connected';
    case 'closing':
      return 'disconnecting';
    default:
      return phase satisfies never;
  }
}
