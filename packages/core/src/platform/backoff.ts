/**
 * Full jitter: anything between nothing and the ceiling, which doubles with each failed try. A herd that lost the same
 * server spreads evenly instead of coming back in waves (AWS Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param attempt failed tries so far, from 0
 * @param random a number in [0, 1)
 * @returns ms to wait
 */
export function backoffDelay(attempt: number, limits: { baseDelay: number; maxDelay: number }, random: number): number {
  return random * Math.min(limits.maxDelay, limits.baseDelay * 2 ** attempt);
}
