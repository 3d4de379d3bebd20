import type { Failure } from '../link/failure.js';
import { HubError } from '../vocabulary/errors.js';
import type { classify, Situation, Verdict } from './classify.js';

export const notLoaded = 'A part of this package could not be loaded.';

/**
 * Asks `classify`, which is loaded apart: the first connect need not wait for it. What cannot be judged, because the code for
 * that cannot be had either, is tried again.
 */
export function judge(failure: null): Promise<unknown>;
export function judge(failure: Failure, situation: Situation): Promise<Verdict>;
export async function judge(
  ...[failure, situation]: [null] | Parameters<typeof classify>
): Promise<Verdict | undefined> {
  try {
    const { classify } = await import('./classify.js');
    return failure ? classify(failure, situation!) : undefined;
  } catch (cause) {
    const error = new HubError('unreachable', notLoaded, { cause });
    return { action: 'retry', error, fresh: false, delay: null };
  }
}
