import { HubError, type HubErrorCode } from '@org/hub-core';

/** The list that is documented; the compiler sees to it that none is missing. */
const codes: Record<HubErrorCode, true> = {
  unauthorized: true,
  forbidden: true,
  'session-ended': true,
  'token-unavailable': true,
  'not-a-hub': true,
  rejected: true,
  unreachable: true,
  timeout: true,
  protocol: true,
  'server-closed': true,
  'connection-lost': true,
  closed: true,
  aborted: true,
  'method-failed': true,
  'method-forbidden': true,
  'group-failed': true,
  'group-forbidden': true,
  'identity-changed': true,
  'outbox-full': true,
  configuration: true,
};

/** Whether it is an error of ours, with a code that is documented. */
export function isHubError(error: unknown): error is HubError {
  return error instanceof HubError && Object.hasOwn(codes, error.code);
}
