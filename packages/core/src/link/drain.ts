import { settledWithin } from '../platform/clock.js';
import { HubError } from '../vocabulary/errors.js';
import type { Link } from './link.js';

/** Ends every stream with the error, and waits at most `timeout` ms for the app’s calls. */
export async function drain(
  { calls, streams }: Link,
  error: HubError,
  timeout: number,
): Promise<{ drained: number; aborted: number }> {
  const cancelled = streams.size;
  const { code, message, cause } = error;
  for (const [endWith, method] of streams) endWith(new HubError(code, message, { cause, method, sent: 'unknown' }));
  const pending = calls.count;
  await settledWithin(calls.none(), timeout);
  return { drained: pending - calls.count, aborted: cancelled + calls.count };
}
