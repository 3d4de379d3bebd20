import type { Failure } from '../link/failure.js';
import { notLoaded } from '../vocabulary/errors.js';
import type { classify, Situation, Verdict } from './classify.js';

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
    // What is not said is as usual: the same token, after a back-off.
    return { action: 'retry', error: notLoaded(cause) } as Verdict;
  }
}
