import { onTestFinished, vi } from 'vitest';

/**
 * A clock that goes on by itself and can be moved (`vi.advanceTimersByTimeAsync`), to the end of the test. Whatever runs
 * in this process goes by it, the token end point too; the lab's own messages and waits do not, nor does ASP.NET Core.
 */
export function fakeClock(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    shouldAdvanceTime: true,
  });
  onTestFinished(() => void vi.useRealTimers());
}

/** The machine slept: wall time has moved and no timer has fired. The servers are not told. */
export function anHourPasses(): void {
  const real = Date.now;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
  onTestFinished(() => clock.mockRestore());
}
