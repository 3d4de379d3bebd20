import type { Credentials, TokenRequest, TokenSource } from '../sources/token-source.js';
import { backoffDelay } from '../platform/backoff.js';
import { now, random } from '../platform/clock.js';
import { expiryOf, shownExpiryOf, tokenOf } from '../vocabulary/credentials.js';
import { asError, HubError, SessionEndedError } from '../vocabulary/errors.js';
import type { HubEvents } from '../vocabulary/events.js';
import { retryLimits } from '../vocabulary/options.js';

export interface TokenAsk {
  reason: TokenRequest['reason'];
  /** A cached token will not do. */
  force?: boolean;
  /** The token that will not do; any other will. */
  rejected?: string | undefined;
  /** With which status it was refused. */
  status?: number;
}

type TokenEventType = 'tokenExpiring' | 'tokenRefreshed' | 'tokenRefreshFailed' | 'tokenExpired';
export type TokenEvent = { [T in TokenEventType]: { type: T } & HubEvents[T] }[TokenEventType];

/**
 * The one place that asks a token source: a cache, and at most one request under way. `renewal.ts` asks it ahead of expiry
 * for each connection that lives on the token.
 */
export interface TokenKeeper {
  get(ask: TokenAsk): Promise<Credentials | null>;
  /** What the source gave last; undefined where it was not asked, or what it gave no longer counts. */
  current(): Credentials | null | undefined;
  /** The request under way. */
  underWay(): Promise<unknown> | null;
  /** Something has changed (the page was away, the network is back): the next request goes to the source, at once. */
  doubt(): void;
  /** The server says how long it lets these credentials live; it knows better than they do. @param expiresAt epoch ms */
  lasts(credentials: Credentials, expiresAt: number): void;
  /** Drops everything; a request under way ends for nobody. */
  forget(): void;
}

export function createTokenKeeper(
  source: TokenSource,
  hooks: { tell(event: TokenEvent): void; ended(error: HubError | null): void },
): TokenKeeper {
  let held: Credentials | undefined;
  /** Epoch ms; Infinity where the source does not say when it expires, 0 where it is in doubt. */
  let renewAt = 0;
  let flight: Promise<Credentials | null> | null = null;
  let epoch = 0;
  /** Settles with the last request to the source, whoever still cares. */
  let last: Promise<unknown> = Promise.resolve();
  let failures = 0;
  let retryAt = 0;
  let lastError: HubError | null = null;

  async function get(ask: TokenAsk): Promise<Credentials | null> {
    const token = tokenOf(held);
    const fresh = held && now() < renewAt;
    if (fresh && (!ask.force || (ask.rejected && token !== ask.rejected))) return held!;
    const joined = flight;
    // The cached token runs out: any other will do, and whoever shares the source may have got it already.
    const force = ask.force || (held && renewAt);
    const request = (flight ??= launch({
      ...ask,
      force: !!force,
      rejected: ask.rejected ?? (force ? token : undefined),
    }));
    try {
      const credentials = await request;
      return joined && ask.rejected && tokenOf(credentials) === ask.rejected ? get(ask) : credentials;
    } catch (error) {
      // A failed refresh keeps the current token while it lasts, whoever asked for it. After forget() there is none: the
      // source is asked for the next only when it has answered this.
      if (held && now() < expiryOf(held) && /connect/.test(ask.reason)) return held;
      throw error;
    } finally {
      if (flight === request) flight = null;
    }
  }

  async function launch(ask: TokenAsk): Promise<Credentials | null> {
    const started = epoch;
    let error = lastError;
    if (!error || now() >= retryAt) {
      // Also after forget(): a source is never asked twice at once, or a rotating refresh token is burnt.
      const asked = last.then(() => (started === epoch ? askSource(ask) : null));
      last = asked.catch(() => {});
      try {
        const credentials = await asked;
        if (started === epoch) {
          const signedOut = held && !credentials;
          keep(credentials);
          if (signedOut) hooks.ended(null);
          return credentials;
        }
      } catch (thrown) {
        error = sourceError(thrown);
      }
      if (started !== epoch || !error) throw new HubError('closed', 'The session changed.');
      if (error.code === 'session-ended') {
        forget();
        hooks.ended(error);
        throw error;
      }
      lastError = error;
      retryAt = now() + backoffDelay(failures++, retryLimits, random());
      hooks.tell({ type: 'tokenRefreshFailed', error, retryAt });
    }
    throw error;
  }

  async function askSource(ask: TokenAsk): Promise<Credentials | null> {
    const credentials = checked(await source.getToken({ ...ask, attempt: failures } as TokenRequest));
    if (expiryOf(credentials) > now()) return credentials;
    // A source that answers from a cache of its own gets a second chance.
    if (!ask.force) return askSource({ ...ask, force: true, rejected: tokenOf(credentials) });
    throw new HubError('token-unavailable', 'The token source returned an expired token.', {
      remediation: 'Return a fresh one on `force`.',
    });
  }

  function keep(credentials: Credentials | null): void {
    const before = tokenOf(held);
    reset();
    if (!credentials) return;
    held = credentials;
    // What goes with cookies, an anti-forgery header, is asked for anew for each connection.
    renewAt = 'cookie' in credentials ? now() : renewalTime(expiryOf(credentials));
    if (before && before !== tokenOf(credentials))
      hooks.tell({ type: 'tokenRefreshed', expiresAt: shownExpiryOf(credentials) });
  }

  function reset(): void {
    held = undefined;
    failures = 0;
    retryAt = 0;
    lastError = null;
  }

  function forget(): void {
    epoch += 1;
    flight = null;
    reset();
  }

  return {
    get,
    current: () => held,
    underWay: () => flight,
    lasts(credentials, expiresAt) {
      if (held === credentials) keep({ ...credentials, expiresAt } as Credentials);
    },
    doubt() {
      renewAt = 0;
      retryAt = 0;
    },
    forget,
  };
}

/** How long before its expiry a token is renewed, in ms; of a lifetime in ms. */
export function renewAhead(lifetime: number): number {
  return Math.min(60_000, 0.2 * lifetime);
}

/** Whether the server may take it for expired, soon or now: the end of a JWT is told in whole seconds (RFC 7519 §4.1.4). */
export function isOver(credentials: Credentials | null | undefined): boolean {
  return expiryOf(credentials) < now() + 1_000;
}

/** When a token is renewed, less a random tenth: clients that started in the same minute do not all come at once. Epoch ms. */
export function renewalTime(expiresAt: number): number {
  return expiresAt - renewAhead(expiresAt - now()) * (1 - 0.1 * random());
}

/** What came from an app’s function may be anything. */
function checked(given: unknown): Credentials | null {
  if (given === null || given === undefined) return null;
  const { cookie, token } = given as { cookie?: unknown; token?: unknown };
  // RFC 6750 §2.1: a token is visible ASCII without blanks; anything else breaks the header that carries it.
  if (cookie === true || (typeof token === 'string' && /^[!-~]+$/.test(token))) return given as Credentials;
  throw new HubError('token-unavailable', 'The token source returned neither a token nor null.', {
    remediation: 'Return a string without blanks, credentials, or null.',
  });
}

/** The end of the session is told by its code, not its class: the app may hold another copy of this package. */
function sourceError(thrown: unknown): HubError {
  const cause = asError(thrown);
  if (cause instanceof HubError) return cause;
  if ((cause as { code?: unknown }).code === 'session-ended') return new SessionEndedError(cause.message, { cause });
  return new HubError('token-unavailable', `No token could be had: ${cause.message}`, { cause });
}
