import { settledWithin } from '../platform/clock.js';
import { HubError } from '../vocabulary/errors.js';

/** Ms until whoever waits for a token hears that there is no answer yet. */
const patience = 30_000;

/**
 * Runs one request at a time; whoever asks meanwhile waits for the same one. After 30 s the wait ends with an error, so
 * that an app can say why nothing happens, but never the request: it may be about to bring a refresh token that exists
 * nowhere else. The next to ask waits for it again.
 */
export function oneAtATime<T>(): (run: () => T | Promise<T>) => Promise<T> {
  let underWay: Promise<T> | null = null;
  return async (run) => {
    underWay ??= (async () => run())().finally(() => (underWay = null));
    const request = underWay;
    if (await settledWithin(request, patience)) return request;
    throw new HubError('token-unavailable', `The token source has not answered for ${patience / 1000} s.`, {
      remediation: 'Look at the token end point, or at the function that asks it. It is waited for.',
    });
  };
}
