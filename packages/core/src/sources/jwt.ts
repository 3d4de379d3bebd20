import { now } from '../platform/clock.js';
import type { TokenRequest } from './token-source.js';

/** The claims of a JWT (RFC 7519 §4.1) that matter here. It is not verified: the server does that. */
interface Claims {
  exp?: unknown;
  iat?: unknown;
  sub?: unknown;
}

/**
 * Reads tokens one after another, and learns from them how wrong the local clock is.
 *
 * @param asked when the request for this token began, epoch ms: its answer may have been under way for longer than it lives
 */
export type JwtReader = (
  token: string,
  request: TokenRequest,
  asked: number,
) => { expiresAt?: number; userId?: string };

/**
 * `exp` is the server’s time, and the local clock may be wrong by hours. Two things give it away: a token that was issued
 * in the future, and a token got by force that was over already when it was asked for. From either the error of the clock
 * is known, and what remains is the lifetime of the token, on any clock.
 */
export function createJwtReader(): JwtReader {
  /** Ms by which the local clock is ahead of the issuer’s, as far as it is known; negative: behind. */
  let ahead = 0;

  return (token, { force, rejected }, asked) => {
    const { exp, iat, sub } = claimsOf(token);
    const userId = typeof sub === 'string' ? { userId: sub } : {};
    if (typeof exp !== 'number') return userId;
    // One that was issued after its end, as of milliseconds, says nothing of the clock.
    if (typeof iat === 'number' && iat < exp) {
      const error = asked - iat * 1000;
      const fresh = force && token !== rejected;
      const wrong = now() < iat * 1000 || (fresh && exp * 1000 <= asked);
      // What was got by force was issued just now. Of another token the age is unknown: it can only correct downwards.
      if (fresh) ahead = wrong ? error : 0;
      else if (wrong) ahead = Math.min(ahead, error);
    }
    return { ...userId, expiresAt: exp * 1000 + ahead };
  };
}

/** Nothing where it is an opaque token. */
function claimsOf(token: string): Claims {
  try {
    const payload = token.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
    return (JSON.parse(new TextDecoder().decode(bytes)) ?? {}) as Claims;
  } catch {
    return {};
  }
}
