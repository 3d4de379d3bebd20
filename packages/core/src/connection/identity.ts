import type { Credentials } from '../sources/token-source.js';
import { HubError, type HubErrorCode } from '../vocabulary/errors.js';

/** Who a connection belongs to: a user, somebody whom the source does not name (true), or a visitor (null). */
export type Identity = string | true | null;

const unsent = (code: HubErrorCode, message: string, cause?: HubError): HubError =>
  new HubError(code, message, { cause, sent: 'no' });
/** Why a call will not be sent. */
export const stopped = (): HubError => unsent('closed', 'The connection is stopped.');
export const stoppedBy = (error: HubError): HubError =>
  unsent('closed', `The connection was stopped: ${error.message}`, error);
export const signedOff = (): HubError => unsent('closed', 'Nobody is signed in.');
export const replaced = (): HubError => unsent('identity-changed', 'Another user signed in.');

export function identityOf(credentials: Credentials | null | undefined): Identity {
  return credentials ? (credentials.userId ?? true) : null;
}
