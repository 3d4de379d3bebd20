import fc, { type Arbitrary } from 'fast-check';
import { HubError, SessionEndedError, tokenFrom, type Credentials } from '@org/hub-core';
import type { Kind } from './kind.ts';
import { json, number, objectText, text, tokenText } from './odd.ts';
import { codeOf, jwtOf, opaque, watch } from './witness.ts';
import { createWire, url } from './wire.ts';
import type { World } from './world.ts';

/** What an app's function may do, and how that reads in a report. */
interface Given {
  does: string;
  run: () => unknown;
  toString(): string;
}

const given = (does: string, run: () => unknown): Given => ({ does, run, toString: () => does });

/** Values that JavaScript has and JSON has not; made anew each time. */
const values: Arbitrary<Given> = fc.oneof(
  text.map((value) => given(JSON.stringify(value), () => value)),
  json.map((value) => given(value, () => JSON.parse(value) as unknown)),
  number.map((value) => given(String(value), () => value)),
  fc.constantFrom(
    given('null', () => null),
    given('undefined', () => undefined),
    given('a symbol', () => Symbol('odd')),
    given('a bigint', () => 2n ** 70n),
    given('NaN', () => NaN),
    given('Infinity', () => Infinity),
    given('a function', () => () => opaque),
    given('a date', () => new Date(NaN)),
    given('a map', () => new Map([['token', opaque]])),
    given('an object without a prototype', () => Object.create(null) as unknown),
    given('an object that no text can be made of', () => ({ toString: 1, valueOf: 2 })),
    given('a proxy that is over', () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    }),
    given('an error with a message that is none', () => Object.assign(new Error('x'), { message: Symbol('odd') })),
    given('an error without a message', () => Object.assign(new Error('x'), { message: undefined, code: 7 })),
    given('an error that quotes the token', () => new Error(`No: access_token=${opaque}`)),
    given('the end of the session', () => new SessionEndedError()),
    given('the end of the session, of another copy', () => Object.assign(new Error('over'), { code: 'session-ended' })),
    given('a typed error', () => new HubError('timeout', 'x')),
  ),
);

function explode(name: string): never {
  throw new Error(`${name} throws.`);
}

const fields = ['token', 'cookie', 'expiresAt', 'userId', 'headers'] as const;

/** Credentials whose fields are of any type, or throw. */
const credentials: Arbitrary<Given> = fc
  .record({
    token: fc.oneof(
      { weight: 4, arbitrary: fc.constant(given('a token', () => opaque)) },
      { weight: 1, arbitrary: values },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    cookie: fc.option(fc.oneof(fc.constant(given('true', () => true)), values), { freq: 2 }),
    expiresAt: fc.option(fc.oneof(fc.constant(given('soon', () => Date.now() + 300_000)), values), { freq: 2 }),
    userId: fc.option(fc.oneof(fc.constant(given('ann', () => 'ann')), values), { freq: 2 }),
    headers: fc.option(values, { freq: 1 }),
    throws: fc.option(fc.constantFrom(...fields), { freq: 1 }),
  })
  .map(({ throws, ...all }) => {
    const known = fields.flatMap((name) => (all[name] ? [[name, all[name]] as const] : []));
    return given(
      `{ ${known.map(([name, value]) => `${name}: ${String(value)}`).join()}${throws ? `; ${throws} throws` : ''} }`,
      () => {
        const made = Object.fromEntries(known.map(([name, value]) => [name, value.run()]));
        return throws ? Object.defineProperty(made, throws, { get: () => explode(throws), enumerable: true }) : made;
      },
    );
  });

/** A JWT whose claims are of any type, or which is none. */
const claims = fc
  .record({
    exp: fc.option(fc.oneof(json, fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map(String)), { freq: 5 }),
    iat: fc.option(fc.oneof(json, fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }).map(String)), { freq: 2 }),
    sub: fc.option(
      fc.oneof(
        json,
        text.map((value) => JSON.stringify(value)),
      ),
      { freq: 2 },
    ),
  })
  .map((all) =>
    objectText([
      ...Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
      ['secret', JSON.stringify(opaque)],
    ]),
  );

const tokens: Arbitrary<Given> = fc
  .oneof({ weight: 6, arbitrary: claims }, { weight: 1, arbitrary: json }, { weight: 1, arbitrary: text })
  .map((payload) => {
    const token = jwtOf(payload);
    return given(`a JWT of ${payload}`, () => token);
  });

const returned: Arbitrary<Given> = fc.oneof(
  { weight: 1, arbitrary: values },
  { weight: 1, arbitrary: tokenText.map((value) => given(JSON.stringify(value), () => value)) },
  { weight: 3, arbitrary: credentials },
  { weight: 3, arbitrary: tokens },
);

const thrown: Arbitrary<Given> = values.map((value) =>
  given(`throws ${String(value)}`, () => {
    // oxlint-disable-next-line typescript/only-throw-error -- so do apps
    throw value.run();
  }),
);

type Then = (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => void;

// oxlint-disable-next-line unicorn/no-thenable -- it is what is tried here
const thenable = (get: () => Then): object => Object.defineProperty({}, 'then', { get });

const thenables: Arbitrary<Given> = fc.oneof(
  values.map((value) => given(`rejects with ${String(value)}`, () => Promise.reject(value.run()))),
  returned.map((value) =>
    given(`a thenable of ${String(value)}`, () => thenable(() => (resolve) => resolve(value.run()))),
  ),
  fc.constantFrom(
    given('a thenable that throws', () => thenable(() => () => explode('then'))),
    given('a then that throws', () => thenable(() => explode('then'))),
    given('a thenable that answers twice', () =>
      thenable(() => (resolve, reject) => (resolve(opaque), reject(1), resolve(2))),
    ),
    given('a promise that never settles', () => new Promise(() => {})),
    given('a thenable that never settles', () => thenable(() => () => {})),
  ),
);

const doing: Arbitrary<Given> = fc.oneof(
  { weight: 6, arbitrary: returned },
  { weight: 1, arbitrary: thrown },
  { weight: 1, arbitrary: thenables },
);

export interface TokenFromCase {
  first: Given;
  /** From the second time on. */
  later: Given;
  anonymous: 'wait' | 'connect';
}

export function createTokenFromKind(world: World): Kind<TokenFromCase> {
  return {
    name: 'tokenFrom',
    share: 3,
    input: fc.record({ first: doing, later: doing, anonymous: fc.constantFrom('wait', 'wait', 'connect') }),
    async attempt({ first, later, anonymous }) {
      const wire = createWire();
      let asked = 0;
      const witness = watch({
        url,
        auth: tokenFrom(() => ((asked += 1) > 1 ? later.run() : first.run()) as Credentials),
        anonymous,
        signalr: wire.doors,
      });
      const { hub } = witness;
      const came: string[] = [];
      const started = hub.start().then(
        () => came.push('connected'),
        (error: unknown) => came.push(`start(): ${codeOf(error)}`),
      );
      // Long enough to hear that a promise never settles, and for whoever is connected to renew what is about to expire.
      await world.until(() => Date.now() < 0, 40_000);
      if (hub.getSnapshot().status === 'connected') {
        const renewed = hub.refreshAuthentication().then(
          () => came.push('refreshAuthentication()'),
          (error: unknown) => came.push(`refreshAuthentication(): ${codeOf(error)}`),
        );
        if (!(await world.settled(renewed))) throw new Error('refreshAuthentication() hangs.');
      }
      if (asked > 200) throw new Error(`It was asked ${asked} times.`);
      const { auth, error } = hub.getSnapshot();
      came.push(error ? `${auth}, ${codeOf(error)}` : auth);
      came.push(...new Set(witness.heard()));
      await witness.leave(world, wire, 30_000);
      if (!(await world.settled(started, 0))) throw new Error('start() is not settled by dispose().');
      return came;
    },
  };
}
