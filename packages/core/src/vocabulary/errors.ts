import { redact } from './log.js';

/**
 * Everything that can go wrong, in one place: a code for programs, a message for people, a remedy for whoever has to
 * mend it. No other error leaves this package; what SignalR, fetch or a token source threw is the `cause`.
 */
export type HubErrorCode = keyof typeof transient | keyof typeof lasting;

/** The same thing may succeed later without anybody mending anything. */
const transient = {
  'token-unavailable': 'Check that the token end point allows this origin (CORS). It is tried again.',
  unreachable: 'Check `url`, and that the server allows this origin (CORS). It is tried again.',
  timeout: 'Check the server and the network.',
  'connection-lost': 'Call again if safe: see `sent`.',
  'group-failed': 'Look at the server’s log. It is tried again.',
  'outbox-full': 'Raise `outbox.maxCalls`.',
} as const;

const lasting = {
  unauthorized: 'Check the token’s audience and issuer, and that the server reads `access_token` from the query.',
  forbidden: 'Check the hub’s policy and the user’s roles.',
  'session-ended': 'Sign in again.',
  'not-a-hub': 'Check `url`: it must be what MapHub got.',
  rejected: 'Check `url`.',
  protocol: 'Use the server’s hub protocol.',
  'server-closed': 'Call start().',
  closed: 'Call start(), or sign in.',
  aborted: 'Do nothing.',
  'method-failed': 'Look at the server’s log.',
  'method-forbidden': 'Check the hub’s policy and the user’s roles.',
  'group-forbidden': 'Call retry() when rights have changed.',
  'identity-changed': 'Call again for the new user.',
  configuration: 'Correct the option.',
} as const;

const remediations: Record<HubErrorCode, string> = { ...transient, ...lasting };

export interface HubErrorDetails {
  cause?: unknown;
  /** Says more than the code’s own sentence. */
  remediation?: string;
  /** HTTP status, where one was seen. */
  status?: number;
  /** Hub method of a failed call. */
  method?: string;
  group?: string;
  /** Whether the server got the call: `no`, `yes`, or nobody knows. */
  sent?: 'no' | 'unknown' | 'yes';
  retryable?: boolean;
}

/** The one error class of the SDK. */
export class HubError extends Error {
  declare readonly code: HubErrorCode;
  /** True where the same thing may succeed later by itself. */
  declare readonly retryable: boolean;
  /** A sentence that says what to do. */
  declare readonly remediation: string;
  declare readonly status?: number;
  declare readonly method?: string;
  declare readonly group?: string;
  declare readonly sent?: 'no' | 'unknown' | 'yes';

  constructor(code: HubErrorCode, message: string, { cause, ...details }: HubErrorDetails = {}) {
    super(redact(message), { cause: harmless(cause) });
    Object.assign(
      this,
      { name: 'HubError', code, retryable: code in transient, remediation: remediations[code] },
      details,
    );
  }
}

/** Thrown by a token source: the user is signed out for good, only a new sign-in helps. */
export class SessionEndedError extends HubError {
  constructor(message = 'The session has ended.', details?: HubErrorDetails) {
    super('session-ended', message, { ...details, name: 'SessionEndedError' } as HubErrorDetails);
  }
}

/** A cause whose text carries a credential (a browser quotes the socket’s URL) is replaced by its redacted text. */
function harmless(cause: unknown): unknown {
  const text = textOf(cause instanceof Error ? cause.message : cause);
  return redact(text) === text ? cause : new Error(redact(text));
}

/** A file that is loaded later may be gone from the web server: after a deploy, or without a network. */
export const notLoaded = (cause: unknown): HubError =>
  new HubError('unreachable', 'Part of this package did not load.', { cause });

/** Also of what no text can be made of: servers say it, sources throw it. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '?';
  }
}

/** What was thrown, as an Error: it may be a string, or an error without a message. */
export function asError(thrown: unknown): Error {
  const text = textOf(thrown);
  return text !== '?' && thrown instanceof Error ? thrown : new Error(text);
}
