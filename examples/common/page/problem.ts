import { HubError, type HubErrorCode } from '@org/hub-core';

/** What the page says when something went wrong: what it was, and what to do. */
export interface Problem {
  readonly message: string;
  readonly remediation: string;
}

export function problemOf(thrown: unknown): Problem {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const remediation = thrown instanceof HubError ? thrown.remediation : 'Reload the page, or look at the server’s log.';
  return { message, remediation };
}

const healing: ReadonlySet<HubErrorCode> = new Set(['connection-lost', 'closed', 'identity-changed', 'aborted']);

/** Calls that end with their connection or their user are made again by the page once it is connected: not worth a word. */
export function healsItself(thrown: unknown): boolean {
  return thrown instanceof HubError && healing.has(thrown.code);
}
