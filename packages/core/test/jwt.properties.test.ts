import { tokenFrom } from '@org/hub-core';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const now = Date.UTC(2026, 0, 1);
beforeEach(() => void vi.useFakeTimers({ now }));
afterEach(() => void vi.useRealTimers());

const runs = { numRuns: 400 };
const connect = { reason: 'connect', force: false, attempt: 0 } as const;

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const tokenOf = (payload: string): string => `${base64url('{"alg":"none"}')}.${base64url(payload)}.c2lnbmF0dXJl`;

interface Read {
  token: string;
  expiresAt?: number;
  userId?: string;
}

/** What a source reads of a token; its code where it refuses to. */
function read(token: string): Promise<Read | string> {
  return tokenFrom(() => token)
    .getToken(connect)
    .then(
      (credentials) => credentials as Read,
      (error: { code: string }) => error.code,
    );
}

const notText = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string()),
  fc.dictionary(fc.string(), fc.integer()),
);
const notNumber = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer()),
  fc.object({ maxDepth: 1 }),
);

it('the subject is the user, whatever letters they have', () =>
  fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (sub) => {
      expect(await read(tokenOf(JSON.stringify({ sub })))).toMatchObject({ userId: sub });
    }),
    runs,
  ));

it('a subject that is no text names nobody', () =>
  fc.assert(
    fc.asyncProperty(notText, async (sub) => {
      expect(await read(tokenOf(JSON.stringify({ sub })))).not.toHaveProperty('userId');
    }),
    runs,
  ));

it('the expiry is `exp` where the clock is right, whatever `iat` is that lies before it', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1_000_000_000, max: 9_999_999_999 }),
      fc.oneof(fc.integer({ min: 0, max: now / 1000 }), notNumber),
      async (exp, iat) => {
        fc.pre(typeof iat !== 'number' || iat < exp);
        expect(await read(tokenOf(JSON.stringify({ exp, iat })))).toMatchObject({ expiresAt: exp * 1000 });
      },
    ),
    runs,
  ));

it('of a clock that is behind it is told by the lifetime', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 86_400 * 365 }),
      fc.integer({ min: 1, max: 86_400 }),
      async (behind, lifetime) => {
        const iat = now / 1000 + behind;
        expect(await read(tokenOf(JSON.stringify({ iat, exp: iat + lifetime })))).toMatchObject({
          expiresAt: now + lifetime * 1000,
        });
      },
    ),
    runs,
  ));

it('an `exp` that is no number says nothing', () =>
  fc.assert(
    fc.asyncProperty(notNumber, fc.integer(), async (exp, iat) => {
      expect(await read(tokenOf(JSON.stringify({ exp, iat })))).not.toHaveProperty('expiresAt');
    }),
    runs,
  ));

/** As JSON may write them: those, too, that no clock reaches. */
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('1e999', '-1e999', '-0', '0', '1e308', '-1', '1e-400', '9007199254740993'),
);

it('whatever numbers a token holds, there is a good expiry or a typed error, and the next good token is read as ever', () =>
  fc.assert(
    fc.asyncProperty(numbers, numbers, async (exp, iat) => {
      const good = tokenOf(JSON.stringify({ exp: now / 1000 + 300, iat: now / 1000, sub: 'ann' }));
      const tokens = [tokenOf(`{"exp":${exp},"iat":${iat}}`), good];
      const source = tokenFrom(() => tokens.shift()!);
      const first = (await source.getToken(connect).catch((error: unknown) => error)) as Read;
      if (first instanceof Error) expect(first).toMatchObject({ name: 'HubError', code: 'token-unavailable' });
      else expect([typeof first.expiresAt, Number.isNaN(first.expiresAt)]).toEqual(['number', false]);
      // A clock that was found to be behind stays so, by no more than a token said; that is undone by force.
      const again = await source.getToken({ ...connect, reason: 'requested', force: true });
      expect(again).toEqual({ token: good, expiresAt: now + 300_000, userId: 'ann' });
    }),
    runs,
  ));

/** Of three parts, or not; base64 or not; JSON or not: nothing is known of it, and it is a token. */
const opaque = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...'AZaz09-_.~+/='.split('')), minLength: 1 }),
    fc.string({ unit: 'binary' }).map((payload) => tokenOf(payload)),
    fc.uint8Array().map((bytes) => `a.${Buffer.from(bytes).toString('base64url')}.c`),
    fc.constantFrom('null', '7', '"sub"', '[]', '[1]', 'true', '{}', '{"sub":', '{"exp":}').map(tokenOf),
  )
  .filter((token) => {
    try {
      const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
      return typeof claims !== 'object' || !claims || !('sub' in claims || 'exp' in claims);
    } catch {
      return true;
    }
  });

it('what is no JWT is a token of which nothing is known', () =>
  fc.assert(
    fc.asyncProperty(opaque, async (token) => {
      expect(await read(token)).toEqual({ token });
    }),
    runs,
  ));
