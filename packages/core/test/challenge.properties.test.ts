import { createHubClient, type HubEvent, tokenFrom } from '@org/hub-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** Of RFC 6750 §2.1: what a token is made of. */
const tokenChars = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~+/'.split('');
const tokenPart = fc.string({ unit: fc.constantFrom(...tokenChars), minLength: 20, maxLength: 60 });
const opaque = fc.tuple(tokenPart, fc.constantFrom('', '=', '==')).map((parts) => parts.join(''));
const jwt = fc
  .tuple(tokenPart, tokenPart)
  .map(([payload, signature]) => `eyJhbGciOiJIUzI1NiJ9.${payload}.${signature}`);

/** What a server may quote of it: all, a part, or its beginning with dots after it. */
const quote = fc.oneof(
  fc.constant((token: string) => token),
  fc.nat({ max: 10 }).map((from) => (token: string) => token.slice(from)),
  fc.integer({ min: 8, max: 20 }).map((length) => (token: string) => `${token.slice(0, length)}...`),
  fc.nat({ max: 2 }).map((part) => (token: string) => token.split('.').at(part) ?? token),
);

/** Words of servers, quoted and not. */
const around = fc.constantFrom(
  ['Bearer error="invalid_token", error_description="The token ', ' has expired"'],
  [`Bearer error="invalid_token", error_description="'`, `' is none"`],
  ['Bearer realm="hub", token="', '"'],
  ['Bearer ', ''],
  ['', ''],
  ['Digest nonce=', ', opaque=x'],
);

interface Told {
  events: HubEvent[];
  lines: string[];
  error: Error;
}

async function refusedWith(status: 401 | 403, challenge: string, token: string): Promise<Told> {
  const events: HubEvent[] = [];
  const lines: string[] = [];
  const hub = createHubClient({
    url: 'http://hub.test/hub',
    auth: tokenFrom(token),
    logger: { log: (_, line) => lines.push(line) },
    events: { '*': (event) => events.push(event) },
    signalr: { fetch: async () => new Response(null, { status, headers: { 'WWW-Authenticate': challenge } }) },
  });
  const error = await hub.start().then(
    () => new Error('It has started.'),
    (thrown: Error) => thrown,
  );
  await hub.dispose();
  return { events, lines, error };
}

/** Eight characters of a token in a row are a part of it. */
function partOf(token: string, text: string): string | undefined {
  for (let at = 0; at + 8 <= token.length; at += 1) {
    const part = token.slice(at, at + 8);
    // Of a JWT’s header everybody knows what it says; a dot ends a word.
    if (!part.includes('.') && text.includes(part)) return part;
  }
  return undefined;
}

it('no part of a token is told, whatever the server quotes of it', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(401, 403),
      fc.oneof(opaque, jwt),
      quote,
      around,
      async (status, token, quoted, [before, after]) => {
        const { events, lines, error } = await refusedWith(status, `${before}${quoted(token)}${after}`, token);
        const said = events.map((event) =>
          JSON.stringify({ ...event, text: 'error' in event && event.error?.message }),
        );
        expect(error).toMatchObject({ code: status === 401 ? 'unauthorized' : 'forbidden', status });
        expect(partOf(token, [...said, ...lines, error.message, error.stack].join('\n'))).toBeUndefined();
      },
    ),
    { numRuns: 300 },
  ));

/** Words of a server that are no token: of letters, so that none is like a part of one. */
const words = fc
  .array(fc.string({ unit: fc.constantFrom(...'abcdefgh'.split('')), minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((all) => all.join(' '));

it('all else of a challenge is told as it is', () =>
  fc.assert(
    fc.asyncProperty(words, async (said) => {
      const challenge = `Bearer error="invalid_token", error_description="${said}"`;
      const { events } = await refusedWith(401, challenge, 'TOKEN-1234567890-OF-ANN');
      expect(events.find(({ type }) => type === 'unauthorized')).toMatchObject({ challenge });
    }),
    { numRuns: 200 },
  ));
