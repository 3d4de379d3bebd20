import fc, { type Arbitrary } from 'fast-check';
import { identityApi } from '@org/hub-core/identity';
import { oidc } from '@org/hub-core/oidc';
import type { Kind } from './kind.ts';
import { broken, json, names, nearly, number, text, tokenText } from './odd.ts';
import { ask, settings, storedUser, userKey } from './tokens.ts';
import { codeOf, opaque, watch } from './witness.ts';
import { createWire, url } from './wire.ts';
import type { World } from './world.ts';

const quoted = (value: Arbitrary<string>): Arbitrary<string> => value.map((each) => JSON.stringify(each));
const times = fc.oneof(json, number.map(String), fc.constantFrom('1e999', '"tomorrow"', '1800000000000', '1800000000'));

const base = 'https://tokens.test/api';
const grantKey = `hub-core:identity:${base}`;
const grants = kept(
  nearly(
    { token: opaque, refreshToken: opaque, expiresAt: Date.UTC(2099, 0, 1), userId: 'ann' },
    { token: quoted(tokenText), refreshToken: quoted(tokenText), expiresAt: times, userId: quoted(text) },
  ),
);
const users = kept(
  nearly(
    { ...storedUser, expires_at: Date.UTC(2099, 0, 1) / 1000 },
    { access_token: quoted(tokenText), expires_at: times, profile: nearly(storedUser.profile) },
  ),
);

function kept(good: Arbitrary<string>): Arbitrary<string | null> {
  return fc.oneof(
    { weight: 12, arbitrary: good as Arbitrary<string | null> },
    { weight: 2, arbitrary: broken(good) },
    { weight: 1, arbitrary: json },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

/** What another tab may do: change what is kept, tell of a change (which there may be none of), post a message. */
type Act = { stores: string | null } | { tells: string | null } | { posts: unknown };

export interface StorageCase {
  first: string | null;
  acts: Act[];
}

const messages = fc.oneof(
  json.map((value) => JSON.parse(value) as unknown),
  fc.record({
    type: fc.constantFrom<unknown>('logout', 'LOGOUT', 7, null),
    userId: fc.oneof(fc.constantFrom<unknown>('ann', 'bob', undefined), json),
  }),
  fc.constantFrom<unknown>(
    undefined,
    null,
    0,
    NaN,
    2n,
    new Date(0),
    new Map([['type', 'logout']]),
    [['type', 'logout']],
    'who?',
    'here',
  ),
);

function input(contents: Arbitrary<string | null>, keys: readonly string[]): Arbitrary<StorageCase> {
  const act: Arbitrary<Act> = fc.oneof(
    { weight: 2, arbitrary: fc.record({ stores: contents }) },
    { weight: 1, arbitrary: fc.record({ tells: fc.oneof(fc.constantFrom(null, ...keys, ...names), text) }) },
    { weight: 2, arbitrary: fc.record({ posts: messages }) },
  );
  return fc.record({ first: contents, acts: fc.array(act, { maxLength: 3 }) });
}

/** What our own sources keep in the storage that tabs share. */
export function createStorageKind(world: World): Kind<StorageCase> {
  return {
    name: 'storage, tokens',
    share: 1,
    input: input(grants, [grantKey]),
    attempt: (given) =>
      live(world, given, grantKey, `hub-core:identity:${base}`, () => identityApi({ baseUrl: base, store: 'local' })),
  };
}

/** What oidc-client-ts keeps there. */
export function createUserStoreKind(world: World): Kind<StorageCase> {
  const metadata = { issuer: settings.authority, token_endpoint: `${settings.authority}/token` };
  return {
    name: 'storage, users',
    share: 1,
    input: input(users, [userKey]),
    attempt: (given) =>
      live(world, given, userKey, `hub-core:oidc:${settings.authority}:${settings.client_id}`, () =>
        oidc({ ...settings, metadata }, { store: 'local' }),
      ),
  };
}

async function live(
  world: World,
  { first, acts }: StorageCase,
  key: string,
  channel: string,
  create: () => ReturnType<typeof identityApi> | ReturnType<typeof oidc>,
): Promise<string[]> {
  const keep = (value: string | null): void =>
    value === null ? void world.localStorage.delete(key) : void world.localStorage.set(key, value);
  // Whoever asks for a fresh one gets none, and stays as he was.
  world.fetch = async () => new Response('', { status: 503 });
  keep(first);
  const wire = createWire();
  const source = create();
  // What `oidc-client-ts` cannot read it throws; a client takes that for a token that cannot be had now.
  const came = 'manager' in source ? [] : [await ask(world, source, false)];
  const witness = watch({ url, auth: source, signalr: wire.doors });
  const { hub } = witness;
  const started = hub.start().then(
    () => 'connected',
    (error: unknown) => `start(): ${codeOf(error)}`,
  );
  await world.until(() => hub.getSnapshot().status === 'connected', 5_000);
  for (const act of acts) {
    if ('stores' in act) keep(act.stores);
    if ('posts' in act) world.post(channel, act.posts);
    else world.store('tells' in act ? act.tells : key);
    await world.turn();
  }
  await world.until(() => Date.now() < 0, 5_000);
  const { status, auth, error } = hub.getSnapshot();
  came.push(`${status}, ${auth}${error ? `, ${codeOf(error)}` : ''}`, ...new Set(witness.heard()));
  await world.settled(hub.dispose(), 60_000);
  // It has timers of its own.
  if ('manager' in source) await source.manager.removeUser();
  await witness.leave(world, wire);
  if (!(await world.settled(started, 0))) throw new Error('start() is not settled by dispose().');
  came.push(await started);
  world.localStorage.clear();
  return came;
}
