import { now } from '../platform/clock.js';
import { asError, HubError } from '../vocabulary/errors.js';

/** What a token end point said. */
export interface TokenAnswer {
  readonly status: number;
  /** Its JSON; empty where it sent none. */
  readonly said: Readonly<Record<string, unknown>>;
}

/**
 * Sends a form, or an object as JSON, to a token end point. There is no time-out: an aborted request may have rotated the
 * refresh token, and then nobody has it.
 *
 * @throws HubError `token-unavailable` where there is no answer. What was sent is in no error.
 */
export async function postForTokens(url: string, body: URLSearchParams | object): Promise<TokenAnswer> {
  const form = body instanceof URLSearchParams;
  try {
    const response = await fetch(url, {
      method: 'POST',
      // A form brings its own type, and needs no preflight.
      headers: { Accept: 'application/json', ...(form ? {} : { 'Content-Type': 'application/json' }) },
      body: form ? body : JSON.stringify(body),
      // RFC 6749 §5.1: answers with tokens are not for caches.
      cache: 'no-store',
    });
    const said = await response.json().catch(() => null);
    return { status: response.status, said: said && typeof said === 'object' ? said : {} };
  } catch (thrown) {
    throw new HubError('token-unavailable', `${url} does not answer: ${asError(thrown).message}`, { cause: thrown });
  }
}

/** The first of these that is a text which a person could read. */
export function wordsOf({ said, status }: TokenAnswer, ...names: string[]): string {
  return (
    names.map((name) => said[name]).find((word): word is string => typeof word === 'string' && word !== '') ??
    `HTTP ${status}`
  );
}

/** Epoch ms on the local clock, whatever the server’s says; undefined where the server does not say. @param seconds some servers send a string */
export function expiryIn(seconds: unknown): number | undefined {
  const lifetime = Number(seconds ?? Number.NaN);
  return Number.isFinite(lifetime) ? now() + lifetime * 1000 : undefined;
}

/** A refused sign-in, in the server’s own words. */
export function signInRefused({ status }: TokenAnswer, words: string, url: string): HubError {
  // Overload and faults pass.
  if (status === 408 || status === 429 || status >= 500) return notNow(status, words, url);
  // Nobody, or somebody else, answers here: a page of the app.
  if (status < 400 || status === 404 || status === 405)
    return new HubError('configuration', `There is no token end point at ${url}.`, { status });
  return new HubError('unauthorized', words, { status, remediation: 'Check the user name and the password.' });
}

/** A request that may succeed later. */
export function notNow(status: number, words: string, url: string): HubError {
  return new HubError('token-unavailable', `${url} answered ${status}: ${words}`, { status });
}
