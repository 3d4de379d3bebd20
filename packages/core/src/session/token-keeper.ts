import type { Credentials, TokenRequest, TokenSource } from '../sources/token-source.js';
import { backoffDelay } from '../platform/backoff.js';
import { at, now, random } from '../platform/clock.js';
import { asError, HubError, SessionEndedError } from '../vocabulary/errors.js';
import type { HubEvents } from '../vocabulary/events.js';

export interface TokenAsk {
  reason: TokenRequest['reason'];
  /** A cached token will not do. */
  force?: boolean;
  /** The token that will not do; any other will. */
  rejected?: string;
  /** Do not wait for the end of a back-off: something has changed (the network is back, the page was shown). */
  urgent?: boolean;
}

type TokenEventType = 'tokenExpiring' | 'tokenRefreshed' | 'tokenRefreshFailed' | 'tokenExpired';
export type TokenEvent = { [T in TokenEventType]: { type: T } & HubEvents[T] }[TokenEventType];

/**
 * The one place that asks a token source: a cache, at most one request under way, and a schedule that renews ahead of
 * expiry while somebody needs the token.
 */
export interface TokenKeeper {
  get(ask: TokenAsk): Promise<Credentials | null>;
  /** What the source gave last; undefined where it was not asked, or what it gave no longer counts. */
  current(): Credentials | null | undefined;
  /** Epoch ms before which the source is not asked again, after it failed; 0 where it may be asked. */
  retryAt(): number;
  /** Resolves when no request is under way. Never rejects. */
  idle(): Promise<void>;
  /** The next request goes to the source, which may answer with what it has. */
  doubt(): void;
  /** Drops everything; a request under way ends for nobody. */
  forget(): void;
}

interface Held {
  readonly credentials: Credentials;
  /** Epoch ms; Infinity where the source does not say when it expires. */
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** Same limits as a reconnect: a token end point deserves the same mercy as a hub. */
const limits = { baseDelay: 500, maxDelay: 20_000 };

export function createTokenKeeper(
  source: TokenSource,
  hooks: { needed(): boolean; tell(event: TokenEvent): void; ended(error: HubError): void },
): TokenKeeper {
  let held: Held | undefined;
  let doubted = false;
  let flight: Promise<Credentials | null> | null = null;
  let epoch = 0;
  let failures = 0;
  let retryAt = 0;
  let lastError: HubError | null = null;
  let cancelRenewal = (): void => {};
  let cancelExpiry = (): void => {};

  async function get(ask: TokenAsk): Promise<Credentials | null> {
    if (held && answers(held, ask)) return held.credentials;
    if (flight) {
      const started = epoch;
      const credentials = await flight;
      if (started !== epoch) throw closed();
      if (!credentials || !ask.rejected || tokenOf(credentials) !== ask.rejected) return credentials;
      return get(ask);
    }
    // The cached token runs out: any other will do, and whoever shares the source may have got it already.
    const refresh = ask.force === true || (held !== undefined && !doubted);
    const rejected = ask.rejected ?? (refresh && held ? tokenOf(held.credentials) : undefined);
    return launch({ ...ask, force: refresh, ...(rejected === undefined ? {} : { rejected }) });
  }

  function answers({ credentials, renewAt }: Held, ask: TokenAsk): boolean {
    if (doubted || now() >= renewAt) return false;
    return !ask.force || (ask.rejected !== undefined && tokenOf(credentials) !== ask.rejected);
  }

  async function launch(ask: TokenAsk): Promise<Credentials | null> {
    if (ask.urgent) retryAt = 0;
    if (lastError && now() < retryAt) return fallback(ask, lastError);
    const started = epoch;
    const request = askSource(ask);
    flight = request;
    try {
      const credentials = await request;
      if (started !== epoch) throw closed();
      keep(credentials);
      return credentials;
    } catch (thrown) {
      if (started !== epoch) throw closed();
      if (isSessionEnd(thrown)) {
        forget();
        const error = new SessionEndedError(thrown.message, { cause: thrown.cause });
        hooks.ended(error);
        throw error;
      }
      failures += 1;
      retryAt = now() + backoffDelay(failures - 1, limits, random());
      lastError = sourceError(thrown);
      hooks.tell({ type: 'tokenRefreshFailed', error: lastError, retryAt });
      return fallback(ask, lastError);
    } finally {
      if (flight === request) flight = null;
    }
  }

  /** A failed refresh keeps the current token while it lasts. */
  function fallback(ask: TokenAsk, error: HubError): Credentials {
    const refused = ask.reason === 'rejected' || ask.reason === 'requested' || ask.reason === 'expiring';
    if (held && now() < held.expiresAt && !refused) return held.credentials;
    throw error;
  }

  async function askSource(ask: TokenAsk): Promise<Credentials | null> {
    const request: TokenRequest = {
      reason: ask.reason,
      force: ask.force === true,
      attempt: failures,
      ...(ask.rejected === undefined ? {} : { rejected: ask.rejected }),
    };
    const credentials = checked(await source.getToken(request));
    if (!isExpired(credentials) || request.force) return unexpired(credentials);
    // A source that answers from its own cache gets a second chance.
    const rejected = tokenOf(credentials);
    return unexpired(checked(await source.getToken({ ...request, force: true, ...(rejected === undefined ? {} : { rejected }) })));
  }

  function keep(credentials: Credentials | null): void {
    const before = held && tokenOf(held.credentials);
    failures = 0;
    retryAt = 0;
    lastError = null;
    doubted = false;
    cancelTimers();
    held = credentials ? holdable(credentials) : undefined;
    if (!held) return;
    schedule(held);
    const expiresAt = Number.isFinite(held.expiresAt) ? held.expiresAt : null;
    if (before !== undefined && before !== tokenOf(held.credentials)) hooks.tell({ type: 'tokenRefreshed', expiresAt });
  }

  function schedule({ renewAt, expiresAt }: Held): void {
    if (!Number.isFinite(expiresAt)) return;
    cancelRenewal = at(renewAt, () => void renew());
    cancelExpiry = at(expiresAt, () => hooks.needed() && hooks.tell({ type: 'tokenExpired', expiresAt }));
  }

  /** Ahead of expiry, while somebody needs it; a client that starts later asks for itself. */
  async function renew(): Promise<void> {
    const due = held;
    if (!due || !hooks.needed()) return;
    const rejected = tokenOf(due.credentials);
    if (failures === 0) hooks.tell({ type: 'tokenExpiring', expiresAt: due.expiresAt });
    try {
      await get({ reason: 'expiring', force: true, ...(rejected === undefined ? {} : { rejected }) });
    } catch {
      // Told as an event; the session's end went its own way.
    }
    if (held === due) cancelRenewal = at(Math.max(retryAt, now() + 250), () => void renew());
  }

  function cancelTimers(): void {
    cancelRenewal();
    cancelExpiry();
  }

  function forget(): void {
    epoch += 1;
    flight = null;
    held = undefined;
    doubted = false;
    failures = 0;
    retryAt = 0;
    lastError = null;
    cancelTimers();
  }

  return {
    get,
    current: () => held?.credentials,
    retryAt: () => retryAt,
    idle: () => (flight ?? Promise.resolve()).then(
      () => {},
      () => {},
    ),
    doubt() {
      doubted = true;
    },
    forget,
  };
}

export function tokenOf(credentials: Credentials | null | undefined): string | undefined {
  return credentials && 'token' in credentials ? credentials.token : undefined;
}

/** Renewed ahead of expiry by min(60 s, 20 % of the lifetime), less a random tenth: clients of one hour do not all come at once. */
function holdable(credentials: Credentials): Held {
  const expiresAt = ('token' in credentials && credentials.expiresAt) || Infinity;
  const ahead = Math.min(60_000, 0.2 * Math.max(0, expiresAt - now()));
  return { credentials, expiresAt, renewAt: expiresAt - ahead * (1 - 0.1 * random()) };
}

function isExpired(credentials: Credentials | null): boolean {
  return credentials !== null && 'token' in credentials && credentials.expiresAt !== undefined && credentials.expiresAt <= now();
}

function unexpired(credentials: Credentials | null): Credentials | null {
  if (!isExpired(credentials)) return credentials;
  throw new HubError('token-unavailable', 'The token source returned a token that has already expired.', {
    remediation: 'Return a fresh token when the request says `force`, and check the clock of this machine.',
  });
}

/** What came from an app’s function may be anything. */
function checked(given: unknown): Credentials | null {
  if (given === null || given === undefined) return null;
  if (typeof given === 'object') {
    if ('cookie' in given && given.cookie === true) return given as Credentials;
    // RFC 6750 §2.1: a token is visible ASCII without blanks; anything else breaks the header that carries it.
    if ('token' in given && typeof given.token === 'string' && /^[\x21-\x7e]+$/.test(given.token)) return given as Credentials;
  }
  throw new HubError('token-unavailable', 'The token source returned neither a token nor null.', {
    remediation: 'Return a token (a string without blanks), `{ token, expiresAt?, userId? }`, `{ cookie: true }`, or null where nobody is signed in.',
  });
}

/** By code, not by class: the app may hold another copy of this package. */
function isSessionEnd(thrown: unknown): thrown is Error {
  return thrown instanceof Error && (thrown as Partial<HubError>).code === 'session-ended';
}

function sourceError(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown;
  const cause = asError(thrown);
  return new HubError('token-unavailable', `No token could be had: ${cause.message}`, { cause });
}

function closed(): HubError {
  return new HubError('closed', 'The session changed while a token was being asked for.');
}
