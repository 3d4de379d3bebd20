import { backoffDelay } from '../platform/backoff.js';
import { at, now, random } from '../platform/clock.js';
import { expiryOf, tokenOf } from '../vocabulary/credentials.js';
import { retryLimits } from '../vocabulary/options.js';
import type { Session } from './session.js';
import { renewalTime, type TokenEvent } from './token-keeper.js';

/** Ms; a token is renewed no sooner, however near its expiry is: a server may say that of each new one. */
const shortestPause = 250;

export interface Renewal {
  /** The session may hold another token, or another expiry for it. */
  look(): void;
  stop(): void;
}

/**
 * Renews the token ahead of its expiry, for as long as a connection lives on it. All connections of a session may do so:
 * the session asks its source once.
 */
export function keepRenewed(session: Session, tell: (event: TokenEvent) => void): Renewal {
  let expiresAt = Infinity;
  let failures = 0;
  let cancelRenewal = (): void => {};
  let cancelExpiry = cancelRenewal;

  function look(): void {
    const next = expiryOf(session.current());
    if (next === expiresAt) return;
    stop();
    expiresAt = next;
    failures = 0;
    if (next === Infinity) return;
    cancelRenewal = at(Math.max(renewalTime(next), now() + shortestPause), () => void renew(next));
    cancelExpiry = at(next, () => tell({ type: 'tokenExpired', expiresAt: next }));
  }

  async function renew(due: number): Promise<void> {
    const held = session.current();
    // Once, also where the source has nothing newer yet.
    if (!failures) tell({ type: 'tokenExpiring', expiresAt: due });
    try {
      await session.token({ reason: 'expiring', force: true, rejected: tokenOf(held) });
    } catch {
      // Told as an event; the session’s end went its own way.
    }
    // It was stopped meanwhile, or has another token.
    if (due === expiresAt) look();
    if (due !== expiresAt) return;
    const pause = Math.max(shortestPause, backoffDelay(failures++, retryLimits, random()));
    cancelRenewal = at(now() + pause, () => void renew(due));
  }

  function stop(): void {
    expiresAt = Infinity;
    cancelRenewal();
    cancelExpiry();
  }

  return { look, stop };
}
