import { HubException } from '../api/errors.ts';

/** An error named as ASP.NET Core names it; clients see name and text with `enableDetailedErrors`. */
export function exception(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** Bad bytes from a client: the connection ends, and the client may reconnect. */
export const invalidData = (message: string): Error => exception('InvalidDataException', message);

/** The name is compared, not the class: an app may hold two copies of this package. */
function isHubException(error: unknown): error is HubException {
  return error instanceof HubException || (error instanceof Error && error.name === 'HubException');
}

/** The text for the client: details are shown for HubExceptions, or for everything when the hub says so. */
export function errorText(text: string, error: unknown, detailed: boolean): string {
  if (!detailed && !isHubException(error)) return text;
  return error instanceof Error ? `${text} ${error.name}: ${error.message}` : `${text} Error: ${described(error)}`;
}

/** Anything can be thrown, also what is no text and cannot become one. */
function described(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}
