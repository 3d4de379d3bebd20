import fc, { type Arbitrary } from 'fast-check';
import { jwt, opaque } from './witness.ts';

/** Names that mean something to JavaScript, or to us. */
export const names = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then', 'length'],
  ...['type', 'target', 'arguments', 'invocationId', 'item', 'result', 'error', 'allowReconnect', 'headers'],
  ...['kind', 'code', 'cause', 'status', 'response', 'message', 'stack', 'name', 'token', 'userId', 'expiresAt'],
  ...['connectionId', 'connectionToken', 'negotiateVersion', 'availableTransports', 'url', 'accessToken'],
];

const chars = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);

/** Texts of all kinds. */
export const text: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: chars },
  { weight: 3, arbitrary: fc.constantFrom(...names) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        '',
        ' ',
        '\0',
        '\n',
        '\u001e',
        '\ud800',
        '\u202e',
        '0',
        '-1',
        '1e999',
        'NaN',
        'null',
        'undefined',
        '[object Object]',
      ],
      ...['<!doctype html><title>x</title>', '{', '"', '\\', 'HubException: no', 'because user is unauthorized'],
    ),
  },
  { weight: 1, arbitrary: fc.nat({ max: 31 }).map((size) => 'x'.repeat(size > 30 ? 100_000 : 10 * size)) },
);

/** What a hub says of something; now and then it quotes a token. */
export const words: Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: text },
  {
    weight: 1,
    arbitrary: fc.constantFrom(jwt({ sub: 'ann' }), `No: ${jwt({ sub: 'bob' })}, since`, `access_token=${opaque}`),
  },
);

export const number: Arbitrary<number> = fc.oneof(
  fc.integer({ min: -3, max: 9 }),
  fc.constantFrom(0, -0, 0.5, -1, 1e3, 2 ** 31, 2 ** 53, -(2 ** 53), 1e15, 1e300, -1e300, Number.MIN_VALUE),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** As a number is written: some of these only a server writes. */
const numberText = fc.oneof(number.map(String), fc.constantFrom('1e999', '-1e999', '1E400', '-0', '1e-400'));

/**
 * JSON as text, not as a value: then it may say what no value could, such as `__proto__` twice, or a number that is none.
 */
export const json: Arbitrary<string> = fc.letrec<{ any: string; list: string; object: string; scalar: string }>(
  (tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: tie('scalar') },
      { weight: 1, arbitrary: tie('list') },
      { weight: 2, arbitrary: tie('object') },
    ),
    scalar: fc.oneof(
      { weight: 2, arbitrary: numberText },
      { weight: 3, arbitrary: text.map((value) => JSON.stringify(value)) },
      { weight: 1, arbitrary: fc.constantFrom('null', 'true', 'false') },
    ),
    list: fc.array(tie('any'), { maxLength: 3 }).map((items) => `[${items.join()}]`),
    object: fc
      .array(fc.tuple(fc.constantFrom(...names), tie('any')), { maxLength: 4 })
      .map((fields) => objectText(fields)),
  }),
).any;

/** Brackets in brackets: what walks through it by recursion falls over. */
const deep: Arbitrary<string> = fc
  .tuple(fc.constantFrom(10, 1_000, 20_000), fc.constantFrom(['[', ']'], ['{"a":', '}']))
  .map(([depth, [open, close]]) => `${open!.repeat(depth)}1${close!.repeat(depth)}`);

/** Now and then so deep. */
export const anyJson: Arbitrary<string> = fc.oneof({ weight: 99, arbitrary: json }, { weight: 1, arbitrary: deep });

/** Fields as they are written, each once, twice or not at all. */
export function objectText(fields: readonly (readonly [name: string, value: string])[]): string {
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`;
}

/** An object whose fields are as they should be, but for a few. */
export function nearly(
  good: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, Arbitrary<string>>> = {},
): Arbitrary<string> {
  const fields = Object.entries(good).map(([name, value]) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant([[name, JSON.stringify(value)]] as const) },
      { weight: 2, arbitrary: (more[name] ?? json).map((odd) => [[name, odd]] as const) },
      { weight: 1, arbitrary: fc.constant([] as const) },
    ),
  );
  const others = Object.entries(more)
    .filter(([name]) => !(name in good))
    .map(([name, value]) =>
      fc.oneof(
        { weight: 3, arbitrary: fc.constant([] as const) },
        { weight: 1, arbitrary: value.map((odd) => [[name, odd]] as const) },
      ),
    );
  const rest = fc.oneof(
    { weight: 4, arbitrary: fc.constant([] as const) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...names), json).map((field) => [field] as const) },
  );
  return fc.tuple(...fields, ...others, rest).map((all) => objectText(all.flat()));
}

/** A text that has lost its end, or a piece of its middle. */
export function broken(whole: Arbitrary<string>): Arbitrary<string> {
  return fc
    .tuple(whole, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 40 }), fc.boolean())
    .map(([value, at, length, end]) => {
      const from = Math.floor(at * value.length);
      return value.slice(0, from) + (end ? '' : value.slice(from + length));
    });
}

const headerText = fc.oneof(
  chars.map((value) => value.replace(/[^ -~]/g, '?')),
  fc.constantFrom('', ',', '"', '=', ';', 'a=b, c="d'),
);

/** Of an answer: what we read, and what says something of the body. */
const headers: Arbitrary<[string, string][]> = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constant('Retry-After'),
      fc.oneof(
        headerText,
        number.map(String),
        fc.constantFrom('0', '-1', '120', '99999999999999999999', '9'.repeat(400), '1e3', 'soon', '2090', '12.5 2090'),
        fc
          .date({ min: new Date(0), max: new Date('2099-01-01'), noInvalidDate: true })
          .map((date) => date.toUTCString()),
      ),
    ),
    fc.tuple(
      fc.constant('WWW-Authenticate'),
      fc.oneof(
        headerText,
        headerText.map((value) => `Bearer error="invalid_token", error_description="${value}"`),
        headerText.map((value) => `Bearer error_description="The token '${jwt({ sub: value })}' has expired"`),
      ),
    ),
    fc.tuple(
      fc.constant('Content-Type'),
      fc.constantFrom('text/html', 'application/json', 'application/problem+json', '?'),
    ),
    fc.tuple(fc.constantFrom('Location', 'Set-Cookie', 'Content-Length'), headerText),
  ),
  { maxLength: 2 },
);

export interface OddAnswer {
  status: number;
  headers: [string, string][];
  body: string;
}

/** What a server, or whatever stands in front of it, may answer: null, no answer at all; 'never', not even that. */
export function answer(body: Arbitrary<string>): Arbitrary<OddAnswer | null | 'never'> {
  const page = fc.constantFrom(
    '',
    '<!doctype html><title>Sign in</title>',
    'Bad gateway',
    'null',
    '[]',
    '""',
    '\ufeff{}',
  );
  const answered = fc.record({
    status: fc.oneof(
      { weight: 6, arbitrary: fc.constant(200) },
      { weight: 3, arbitrary: fc.constantFrom(400, 401, 403, 404, 405, 408, 425, 429, 500, 502, 503) },
      { weight: 1, arbitrary: fc.integer({ min: 200, max: 599 }) },
    ),
    headers,
    body: fc.oneof(
      { weight: 6, arbitrary: body },
      { weight: 1, arbitrary: broken(body) },
      { weight: 1, arbitrary: json },
      { weight: 1, arbitrary: page },
    ),
  });
  return fc.oneof(
    { weight: 30, arbitrary: answered },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant('never' as const) },
  );
}

const unanswered = new Set<() => void>();

/** What nobody answers ends as in a browser, which waits for some minutes. */
export function giveUp(): void {
  for (const end of unanswered) end();
  unanswered.clear();
}

/** A case is over: what it asked is held no longer. */
export function forgetUnanswered(): void {
  unanswered.clear();
}

export function respond(given: OddAnswer | null | 'never'): Response | Promise<Response> {
  if (given === 'never') {
    return new Promise((_, reject) => void unanswered.add(() => reject(new TypeError('Failed to fetch'))));
  }
  if (!given) return Promise.reject(new TypeError('Failed to fetch'));
  const { status, headers: list, body } = given;
  const sent = new Headers();
  // What cannot be sent is not sent.
  for (const [name, value] of list) sent.append(name, value.trim());
  // oidc-client-ts looks no further at anything else.
  if (!sent.has('Content-Type')) sent.set('Content-Type', 'application/json');
  return new Response(/^(204|205|304)$/.test(String(status)) ? null : body, { status, headers: sent });
}

/** Where a token is expected. */
export const tokenText: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(opaque) },
  { weight: 1, arbitrary: fc.constant(jwt({ sub: 'ann' })) },
  { weight: 1, arbitrary: text },
);
