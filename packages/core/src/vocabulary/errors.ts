import { redact } from './log.js';

/**
 * Everything that can go wrong, in one place: a code for programs, a message for people, a remedy for whoever has to
 * mend it. No other error leaves this package; what SignalR, fetch or a token source threw is the `cause`.
 */
export type HubErrorCode = keyof typeof remediations;

const remediations = {
  unauthorized:
    'Check that the token is meant for this API (audience, issuer), that the server reads `access_token` from the query for the hub path, and that the clocks agree.',
  forbidden: 'Give the user the role or scope that the hub asks for, then call start() again.',
  'session-ended': 'Ask the user to sign in again.',
  'token-unavailable': 'Check that the token end point can be reached from this page; the next try is made by itself.',
  'not-a-hub': 'Check `url`: it must be the address given to MapHub on the server, and no proxy may block it.',
  rejected: 'Check the hub URL and the request headers; the server refuses this request whatever the token.',
  unreachable:
    'Check that the server runs, that the URL is right, and that the server allows this page’s origin with credentials (CORS); the next try is made by itself.',
  timeout: 'Check the network and the load of the server, or allow more time.',
  protocol: 'Check that client and server use the same hub protocol, and that nothing between them changes the messages.',
  'server-closed': 'The server ended this connection on purpose (Context.Abort). Call start() to connect again.',
  'connection-lost': 'If it is safe to run twice, call it again; `sent` says whether the server may have run it.',
  closed: 'Call start() first, or sign in.',
  aborted: 'Nothing to mend: the caller cancelled it.',
  'method-failed': 'Look at the server’s log for this hub method, and compare its name and arguments with the call.',
  'method-forbidden': 'The user may not call this hub method: check its [Authorize] policy and the roles in the token.',
  'group-failed': 'Look at the server’s log for the group’s join method; it is tried again by itself.',
  'group-forbidden': 'The user may not join this group. Call retry() on its handle after the rights have changed.',
  'identity-changed': 'Another user signed in meanwhile; make the call again if it is meant for that user.',
  'outbox-full': 'Make fewer calls while disconnected, raise `outbox.maxCalls`, or use `whenDisconnected: "reject"`.',
  configuration: 'Correct the option that the message names.',
} as const;

/** Transient by nature: the same call may succeed later without anybody mending anything. */
const retryable: ReadonlySet<HubErrorCode> = new Set<HubErrorCode>([
  'token-unavailable',
  'unreachable',
  'timeout',
  'connection-lost',
  'group-failed',
  'outbox-full',
]);

export interface HubErrorDetails {
  cause?: unknown;
  /** Says more than the code’s own sentence. */
  remediation?: string | undefined;
  /** HTTP status, where one was seen. */
  status?: number | undefined;
  /** Hub method of a failed call. */
  method?: string | undefined;
  group?: string | undefined;
  /** Whether the server got the call: `no`, `yes`, or nobody knows. */
  sent?: 'no' | 'unknown' | 'yes' | undefined;
  retryable?: boolean | undefined;
}

/** The one error class of the SDK. */
export class HubError extends Error {
  readonly code: HubErrorCode;
  /** True where the same thing may succeed later by itself. */
  readonly retryable: boolean;
  /** A sentence that says what to do. */
  readonly remediation: string;
  declare readonly status?: number;
  declare readonly method?: string;
  declare readonly group?: string;
  declare readonly sent?: 'no' | 'unknown' | 'yes';

  constructor(code: HubErrorCode, message: string, details: HubErrorDetails = {}) {
    super(redact(message), 'cause' in details ? { cause: harmless(details.cause) } : undefined);
    this.name = 'HubError';
    this.code = code;
    this.retryable = details.retryable ?? retryable.has(code);
    this.remediation = details.remediation ?? remediations[code];
    const { status, method, group, sent } = details;
    if (status !== undefined) this.status = status;
    if (method !== undefined) this.method = method;
    if (group !== undefined) this.group = group;
    if (sent !== undefined) this.sent = sent;
  }
}

/** Thrown by a token source: the user is signed out for good, only a new sign-in helps. */
export class SessionEndedError extends HubError {
  constructor(message = 'The session has ended.', details: HubErrorDetails = {}) {
    super('session-ended', message, details);
    this.name = 'SessionEndedError';
  }
}

/** A cause whose text carries a credential (a browser quotes the socket’s URL) is replaced by its redacted text. */
function harmless(cause: unknown): unknown {
  const text = cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : '';
  return redact(text) === text ? cause : new Error(redact(text));
}

/** What was thrown, as an Error: sources and servers throw strings, too. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
