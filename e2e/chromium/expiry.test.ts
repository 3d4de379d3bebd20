import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { pageKinds, type Visit, visit } from './visit.ts';

const demo = demoForTests();
const lifetime = 8;

function refreshes() {
  return demo.chat.provider.requests.token.filter(({ grantType }) => grantType === 'refresh_token');
}

async function isConnectedAgain({ page }: Visit): Promise<void> {
  await page.waitForFunction(() => window.statuses.slice(-2).join() === 'reconnecting,connected');
}

/** The connections to the hub that were opened since: on a page that stays, each one after the first is a reconnect. */
function socketsSince({ facts }: Visit, time: number) {
  return facts.sockets.filter(({ openedAt }) => openedAt >= time);
}

it('chat goes on while tokens expire under the open page: one token a lifetime, and one connection', async () => {
  const { provider } = demo.chat;
  const [alice, bob] = await Promise.all([visit(demo, 'react'), visit(demo, 'vue')]);
  // Alice writes all along with a token that lasts; Bob's expires.
  provider.setAccessTokenLifetime(3600);
  await alice.logIn('alice');
  provider.setAccessTokenLifetime(lifetime);
  await bob.logIn('bob');
  await bob.page.evaluate(() => Object.assign(window, { marker: 'the same page' }));
  const started = Date.now();
  const renewedBefore = refreshes().length;
  const statusesBefore = (await bob.statuses()).length;

  const said: string[] = [];
  const say = async (by: Visit): Promise<void> => {
    const text = `number ${said.push(`number ${said.length}`) - 1}`;
    await by.say(text);
    await alice.hears(text);
  };
  let answered = 0;
  while (Date.now() - started < 2.6 * lifetime * 1000) {
    await say(alice);
    // Bob answers once with each of his tokens.
    if (answered <= refreshes().length - renewedBefore) {
      await say(bob);
      answered += 1;
    }
  }
  await say(alice);
  await bob.hears(said.at(-1)!);
  const seconds = (Date.now() - started) / 1000;

  expect(await bob.messages()).toEqual(said);
  expect(await alice.messages()).toEqual(said);

  // A token is renewed when 80 % of its life have passed, and its expiry is told in whole seconds.
  const renewed = refreshes().slice(renewedBefore);
  expect(renewed.length).toBeGreaterThanOrEqual(Math.floor(seconds / lifetime));
  expect(renewed.length).toBeLessThanOrEqual(Math.ceil(seconds / (0.8 * (lifetime - 1))));
  expect(renewed).toEqual(renewed.map(() => expect.objectContaining({ status: 200, error: null })));
  const pauses = renewed.slice(1).map(({ at }, index) => at - renewed[index]!.at);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(0.8 * (lifetime - 1) * 1000 - 200);

  // Renewed in place: the page has nothing to show.
  expect(socketsSince(bob, started)).toEqual([]);
  expect((await bob.statuses()).slice(statusesBefore)).toEqual([]);
  expect(answered).toBeGreaterThanOrEqual(2);

  expect(await bob.page.evaluate(() => Reflect.get(window, 'marker') as unknown)).toBe('the same page');
  for (const somebody of [alice, bob]) {
    expect(await somebody.alert.isVisible()).toBe(false);
    expect(somebody.facts).toMatchObject({ complaints: [], refusals: [] });
  }
});

it.each(pageKinds)(
  '“Expire my token” on the %s page costs one token and one reconnect, and nobody sees an error',
  async (kind) => {
    demo.chat.provider.setAccessTokenLifetime(3600);
    const alice = await visit(demo, kind);
    await alice.logIn('alice');
    await alice.enter('Kitchen');
    const renewedBefore = refreshes().length;
    const pressed = Date.now();

    await alice.button('Expire my token').click();
    await isConnectedAgain(alice);
    await alice.say(`with a new token, on ${kind}`);
    await alice.hears(`with a new token, on ${kind}`);

    expect(refreshes().slice(renewedBefore)).toEqual([expect.objectContaining({ status: 200, error: null })]);
    expect(socketsSince(alice, pressed)).toHaveLength(1);
    expect(await alice.alert.isVisible()).toBe(false);
    // Closed right after it was opened: that is how a server says that a token has expired, so it is not tried again.
    expect(alice.facts).toMatchObject({ complaints: [], refusals: [] });
  },
);

it('“Expire my token” on a connection that has worked for a while costs one refusal more', async () => {
  demo.chat.provider.setAccessTokenLifetime(3600);
  const alice = await visit(demo, 'react');
  await alice.logIn('alice');
  const renewedBefore = refreshes().length;
  // The core's `stableAfter` is 5 s.
  await alice.page.waitForFunction((since) => Date.now() - since > 5_200, Date.now());
  const pressed = Date.now();

  await alice.button('Expire my token').click();
  await isConnectedAgain(alice);
  await alice.say('with a new token, after a while');
  await alice.hears('with a new token, after a while');

  expect(refreshes().slice(renewedBefore)).toEqual([expect.objectContaining({ status: 200, error: null })]);
  expect(socketsSince(alice, pressed)).toHaveLength(1);
  expect(alice.facts.refusals).toEqual([expect.stringMatching(/^401 POST .*\/negotiate/)]);
  // What the browser itself says of that 401, and nothing else.
  expect(alice.facts.complaints).toEqual([expect.stringContaining('status of 401')]);
  expect(await alice.alert.isVisible()).toBe(false);
});

it.each(pageKinds)(
  '“Drop my connection” on the %s page is mended by one reconnect, without a new token',
  async (kind) => {
    demo.chat.provider.setAccessTokenLifetime(3600);
    const bob = await visit(demo, kind);
    await bob.logIn('bob');
    await bob.enter('Kitchen');
    const renewedBefore = refreshes().length;
    const pressed = Date.now();

    await bob.button('Drop my connection').click();
    await isConnectedAgain(bob);
    await bob.say(`on a new connection, on ${kind}`);
    await bob.hears(`on a new connection, on ${kind}`);

    expect(refreshes()).toHaveLength(renewedBefore);
    expect(socketsSince(bob, pressed)).toHaveLength(1);
    expect(bob.facts).toMatchObject({ complaints: [], refusals: [] });
    expect(await bob.alert.isVisible()).toBe(false);
  },
);
