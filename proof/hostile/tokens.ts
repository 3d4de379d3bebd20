import fc, { type Arbitrary } from 'fast-check';
import type { Credentials, TokenSource } from '@org/hub-core';
import { identityApi, passwordGrant } from '@org/hub-core/identity';
import { oidc } from '@org/hub-core/oidc';
import type { Kind } from './kind.ts';
import { answer, giveUp, json, nearly, number, type OddAnswer, respond, text, tokenText } from './odd.ts';
import { codeOf, jwt, opaque } from './witness.ts';
import type { World } from './world.ts';

type Answers = (OddAnswer | null | 'never')[];
const quoted = (value: Arbitrary<string>): Arbitrary<string> => value.map((each) => JSON.stringify(each));

const seconds = fc.oneof(
  number.map(String),
  fc.constantFrom('300', '"300"', '-1', '1e999', '"NaN"', 'null', '""', '[]'),
  json,
);
const refusal = nearly(
  { error: 'invalid_grant', error_description: 'The token is used up.' },
  { error: quoted(text), detail: quoted(text), title: quoted(text), error_description: quoted(text) },
);

const bodies = {
  identityApi: nearly(
    { tokenType: 'Bearer', accessToken: opaque, expiresIn: 300, refreshToken: opaque },
    { accessToken: quoted(tokenText), refreshToken: quoted(tokenText), expiresIn: seconds },
  ),
  passwordGrant: nearly(
    { token_type: 'bearer', access_token: opaque, expires_in: 300, refresh_token: opaque },
    {
      access_token: quoted(tokenText),
      refresh_token: quoted(tokenText),
      expires_in: seconds,
      userName: quoted(text),
      '.issued': quoted(text),
      '.expires': fc.oneof(json, fc.constant('"Thu, 01 Jan 2026 00:05:00 GMT"')),
    },
  ),
};

const user = { username: 'ann', password: opaque };

export interface GrantCase {
  signIn: OddAnswer | null | 'never';
  refresh: Answers;
}

export function createGrantKind(world: World, name: 'identityApi' | 'passwordGrant'): Kind<GrantCase> {
  const body = fc.oneof({ weight: 4, arbitrary: bodies[name] }, { weight: 1, arbitrary: refusal });
  return {
    name,
    share: 3,
    input: fc.record({ signIn: answer(body), refresh: fc.array(answer(body), { minLength: 1, maxLength: 2 }) }),
    async attempt({ signIn, refresh }) {
      const queue = [signIn, ...refresh];
      world.fetch = async () => respond(queue.shift() ?? null);
      const source =
        name === 'identityApi'
          ? identityApi({ baseUrl: 'https://tokens.test/api' })
          : passwordGrant({ tokenUrl: 'https://tokens.test/Token' });
      const came = [await told('signIn', world, source.signIn(user))];
      for (const _ of refresh) came.push(await ask(world, source, true));
      await source.signOut();
      world.sessionStorage.clear();
      return came;
    },
  };
}

/** How it ended; what nobody answers is not waited for. */
async function told(what: string, world: World, promise: Promise<unknown>): Promise<string> {
  const outcome = promise.then(
    () => `${what}: well`,
    (error: unknown) => `${what}: ${codeOf(error)}`,
  );
  // A sign-in has no time-out: the password may be on its way.
  return (await world.settled(outcome, 60_000)) ? outcome : `${what}: no answer yet`;
}

/**
 * Asks for a token.
 *
 * @param asStored the source is `oidc()`: it waits for an answer as long as the browser does, and gives what
 *   `oidc-client-ts` has taken for a token; a client says of that what it is
 * @throws what is no good credentials, and no typed error
 */
export async function ask(world: World, source: TokenSource, force: boolean, asStored = false): Promise<string> {
  const asked = source
    .getToken({ reason: 'requested', force, attempt: 0 })
    .then(asStored ? named : checked, (error: unknown) => `token: ${codeOf(error)}`);
  if (await world.settled(asked, 60_000)) return asked;
  giveUp();
  if (asStored && (await world.settled(asked, 1_000))) return asked;
  throw new Error('getToken() hangs.');
}

function named(credentials: Credentials | null): string {
  const isToken = credentials && 'token' in credentials && typeof credentials.token === 'string' && credentials.token;
  return credentials && !isToken ? 'token: of no use' : checked(credentials);
}

function checked(credentials: Credentials | null): string {
  if (!credentials) return 'token: nobody';
  const { token, expiresAt, userId } = credentials as { token: unknown; expiresAt?: unknown; userId?: unknown };
  const isWell =
    typeof token === 'string' &&
    token !== '' &&
    (expiresAt === undefined || (typeof expiresAt === 'number' && !Number.isNaN(expiresAt))) &&
    (userId === undefined || typeof userId === 'string');
  if (!isWell) throw new Error(`No good credentials: ${JSON.stringify(credentials)}`);
  return 'token: well';
}

export const settings = {
  authority: 'https://login.test',
  client_id: 'app',
  redirect_uri: 'https://app.test/',
  scope: 'openid offline_access',
  // It would be hashed by another thread, which comes back whenever it does.
  disablePKCE: true,
  automaticSilentRenew: false,
};
/** Where `oidc-client-ts` keeps who is signed in. */
export const userKey = `oidc.user:${settings.authority}:${settings.client_id}`;

const metadata = {
  issuer: settings.authority,
  authorization_endpoint: `${settings.authority}/authorize`,
  token_endpoint: `${settings.authority}/token`,
  jwks_uri: `${settings.authority}/jwks`,
};

/** As oidc-client-ts keeps it. */
export const storedUser = {
  access_token: opaque,
  refresh_token: opaque,
  token_type: 'Bearer',
  scope: settings.scope,
  profile: { sub: 'ann', iss: settings.authority, aud: 'app', exp: 1_767_225_600, iat: 1_767_225_600 },
  expires_at: 1_767_225_600,
};

const oidcBody = fc.oneof(
  {
    weight: 4,
    arbitrary: nearly(
      { token_type: 'Bearer', access_token: opaque, expires_in: 300, refresh_token: opaque },
      {
        access_token: quoted(tokenText),
        expires_in: seconds,
        scope: fc.oneof(json, fc.constant('"openid"')),
        id_token: fc.oneof(
          json,
          fc.constantFrom(JSON.stringify(jwt({ sub: 'ann' })), JSON.stringify(jwt({ sub: 'bob' })), '"a.b.c"'),
        ),
        error: json,
      },
    ),
  },
  { weight: 2, arbitrary: refusal },
);

export interface OidcCase {
  /** Of the discovery document; null: it is known. */
  discovery: Answers | null;
  refresh: Answers;
}

export function createOidcKind(world: World): Kind<OidcCase> {
  return {
    name: 'oidc',
    share: 2,
    input: fc.record({
      discovery: fc.option(fc.array(answer(nearly(metadata)), { minLength: 1, maxLength: 1 }), { freq: 1 }),
      refresh: fc.array(answer(oidcBody), { minLength: 1, maxLength: 2 }),
    }),
    async attempt({ discovery, refresh }) {
      const queue = [...refresh];
      const found = [...(discovery ?? [])];
      world.fetch = async (input) =>
        respond(((input as string).includes('.well-known') ? (found.shift() ?? wellKnown) : queue.shift()) ?? null);
      world.localStorage.set(userKey, JSON.stringify(storedUser));
      const source = oidc({ ...settings, ...(discovery ? {} : { metadata }) }, { store: 'local' });
      const came = [];
      for (const _ of refresh) came.push(await ask(world, source, true, true));
      await source.manager.removeUser();
      world.localStorage.clear();
      return came;
    },
  };
}

const wellKnown: OddAnswer = { status: 200, headers: [], body: JSON.stringify(metadata) };
