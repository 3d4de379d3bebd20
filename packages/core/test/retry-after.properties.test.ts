import { createHubClient } from '@org/hub-core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

/** Fake time, in whole seconds: so is every HTTP date. */
const start = Date.UTC(2026, 0, 1);
beforeEach(() => void vi.useFakeTimers({ now: start }));
afterEach(() => void vi.useRealTimers());

const runs = { numRuns: 200 };
const backoff = { baseDelay: 1, maxDelay: 1 };

/** Ms that a client waits because of it; null where it waits as if there was none, which is a millisecond at most. */
async function waited(retryAfter: string | null): Promise<number | null> {
  const headers = retryAfter === null ? {} : { 'Retry-After': retryAfter };
  const hub = createHubClient({
    url: 'http://hub.test/hub',
    logger: 'none',
    reconnect: backoff,
    signalr: { fetch: async () => new Response(null, { status: 503, headers }) },
  });
  const refused = new Promise<number>((resolve) =>
    hub.subscribe(() => {
      const { retryAt } = hub.getSnapshot();
      if (retryAt !== null) resolve(retryAt - Date.now());
    }),
  );
  const started = hub.start().catch(() => {});
  const delay = await refused;
  await hub.dispose();
  await started;
  return delay <= 1 ? null : delay;
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

/** RFC 9110 §5.6.7, written out; not what JavaScript makes of dates. */
function httpDate(time: number, form: 'IMF-fixdate' | 'rfc850-date'): string {
  const at = new Date(time);
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
  const [day, month, year] = [two(at.getUTCDate()), months[at.getUTCMonth()]!, at.getUTCFullYear()];
  return form === 'IMF-fixdate'
    ? `${days[at.getUTCDay()]!.slice(0, 3)}, ${day} ${month} ${year} ${clock} GMT`
    : `${days[at.getUTCDay()]}, ${day}-${month}-${two(year % 100)} ${clock} GMT`;
}

it('seconds are waited for', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 999_999_999 }), async (seconds) => {
      expect(await waited(String(seconds))).toBe(seconds * 1000);
    }),
    runs,
  ));

it('a date to come is waited for, and one that has passed says nothing', () =>
  fc.assert(
    fc.asyncProperty(
      // A year of two digits means another century beyond fifty years.
      fc.integer({ min: -600_000_000, max: 600_000_000 }),
      fc.constantFrom('IMF-fixdate', 'rfc850-date'),
      async (seconds, form) => {
        const date = httpDate(start + seconds * 1000, form);
        expect(await waited(date)).toBe(seconds > 0 ? seconds * 1000 : null);
      },
    ),
    runs,
  ));

/** Neither digits alone nor a date: whatever JavaScript may find in it. */
const garbage = fc
  .oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 30 }),
    fc.constantFrom('', '-1', '+5', '1.5', '1e3', '0x10', '5 s', 'Infinity', 'NaN', '2090', '12.5 2090', 'soon 2090'),
    fc
      .tuple(fc.constantFrom('in ', '~', '-', 'May '), fc.integer({ min: 2027, max: 9999 }))
      .map((parts) => parts.join('')),
    fc
      .date({ min: new Date(start), max: new Date('2099-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    // More digits than any clock has.
    fc.integer({ min: 20, max: 400 }).map((digits) => '9'.repeat(digits)),
  )
  .map((value) => value.trim())
  .filter((value) => !/^\d{1,9}$/.test(value) && !/^\w+,.*GMT$/.test(value));

it('whatever else a server says, the back-off is what it would have been', () =>
  fc.assert(
    fc.asyncProperty(garbage, async (value) => {
      expect(await waited(value)).toBe(null);
    }),
    { numRuns: 500 },
  ));

it('0, or nothing at all, says nothing', async () => {
  expect([await waited('0'), await waited(null)]).toEqual([null, null]);
});
