import { after, now, random } from '../platform/clock.js';
import { deferred } from '../platform/deferred.js';
import { isOnline } from '../platform/page.js';

/**
 * Waits for the planned time, or until the page says that it is worth trying now. No tries while offline.
 *
 * @param time epoch ms
 * @param signal ends the wait
 * @param canWake is given what ends the wait early
 */
export function due(time: number, signal: AbortSignal, canWake: (wake: () => void) => void): Promise<void> {
  const { promise, resolve } = deferred();
  let cancel = after(time - now(), () => isOnline() && resolve());
  canWake(() => {
    cancel();
    // A small jitter: a whole office comes back online at once.
    cancel = after(random() * 200, resolve);
  });
  signal.onabort = () => {
    cancel();
    resolve();
  };
  return promise;
}
