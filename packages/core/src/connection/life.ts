import type { CarriedToken } from '../link/carry-token.js';
import type { Failure } from '../link/failure.js';
import type { Link } from '../link/link.js';
import { now } from '../platform/clock.js';
import type { Deferred } from '../platform/deferred.js';
import { type Interruption, interruption } from '../platform/interruption.js';
import { renewAhead } from '../session/token-keeper.js';
import type { Credentials } from '../sources/token-source.js';
import { expiryOf } from '../vocabulary/credentials.js';
import { HubError } from '../vocabulary/errors.js';

/** A connection as its user sees it: one link, or several that took each other's place. */
export interface Life {
  link: Link;
  /** What the server knows of us. */
  credentials: Credentials;
  readonly signal: AbortSignal;
  carried: CarriedToken;
  /** One rotation at a time. */
  task: Promise<void> | null;
  /** Another link has taken the place, or doomsday has come. */
  news: Deferred;
  /** Rejects when nobody wants this connection any more. */
  readonly over: Interruption;
  /** Ends with the link. */
  lost: Interruption;
  /** What will be said when the link closes or expires: no token is good enough for a new one. */
  doom: Failure | null;
  liftDoom: () => void;
}

/** Ms that a server may take to notice an expiry, however short the lifetime: ASP.NET Core looks once a second. */
const noticing = 5_000;

/** Whether a link was closed because its token had expired. */
export function isExpiry(failure: Failure, { credentials, link }: Life): boolean | undefined {
  const expiresAt = expiryOf(credentials);
  const close = failure.kind === 'closed-by-server' && failure.allowReconnect;
  const left = expiresAt - now();
  const near = renewAhead(expiresAt - link.openedAt);
  // A link that has outlived its token by long shows that this server does not mind.
  return close && left < near && left > -Math.max(near, noticing);
}

/** Ends when the link does. */
export function lossOf(link: Link): Interruption {
  const lost = interruption();
  void link.ended.then(() => lost.end(connectionLost()));
  return lost;
}

export const connectionLost = (): HubError => new HubError('connection-lost', 'The connection was lost.');
