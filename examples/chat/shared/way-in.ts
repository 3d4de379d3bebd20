import type { HubError } from '@org/hub-core';

/** What somebody who may not enter a room can do about it. */
export function wayIn(error: HubError, isMember: boolean): string {
  if (error.code !== 'group-forbidden') return error.remediation;
  return isMember ? 'Log in as somebody who may, or try again when you may.' : 'Log in, then try again.';
}
