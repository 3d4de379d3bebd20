import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { eventually, pageKinds, type Visit, visit } from './visit.ts';

const demo = demoForTests();

// A hub that is down cannot be reached: the browser itself says so in the console, and only that may be there.
const refusedByTheDead = /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/;

async function mark({ page }: Visit): Promise<void> {
  await page.evaluate(() => Object.assign(window, { marker: 'the same page' }));
}

async function isTheSamePage({ page, facts }: Visit): Promise<void> {
  expect(await page.evaluate(() => Reflect.get(window, 'marker') as unknown)).toBe('the same page');
  expect(facts.refusals).toEqual([]);
  expect(facts.complaints.filter((line) => !refusedByTheDead.test(line))).toEqual([]);
}

it.each(['react', 'vue'] as const)(
  'the %s page is back in its room with all messages after the hub was dead for three seconds',
  async (kind) => {
    const [alice, bob] = await Promise.all([visit(demo, kind), visit(demo, kind)]);
    await Promise.all([alice.logIn('alice'), bob.logIn('bob')]);
    await Promise.all([alice.enter('Kitchen'), bob.enter('Kitchen')]);
    await alice.say(`first on ${kind}, before the hub dies`);
    await bob.hears(`first on ${kind}, before the hub dies`);
    await Promise.all([mark(alice), mark(bob)]);
    const refreshes = demo.chat.provider.requests.token.filter(({ grantType }) => grantType === 'refresh_token').length;

    const restarted = demo.chat.hub.restart({ downFor: 3000 });
    await Promise.all([alice, bob].map(({ page }) => page.locator('[data-status=reconnecting]').waitFor()));
    // What is typed meanwhile waits, and is sent once.
    await bob.say(`typed on ${kind}, while it was dead`);
    // Bob's way back is longer than Alice's: what she says first he can only know from the history.
    await bob.page.route('**/negotiate?*', (route) => route.abort('connectionrefused'));
    await restarted;
    await alice.isConnected();
    await alice.say(`second on ${kind}, while Bob is away`);
    await alice.hears(`second on ${kind}, while Bob is away`);
    await bob.page.unroute('**/negotiate?*');
    await bob.isConnected();
    await Promise.all([alice, bob].map((one) => one.hears(`typed on ${kind}, while it was dead`)));
    await alice.say(`third on ${kind}, to both again`);
    await bob.hears(`third on ${kind}, to both again`);

    for (const somebody of [alice, bob]) {
      await somebody.hears(`third on ${kind}, to both again`);
      expect((await somebody.messages()).filter((text) => text.includes(` on ${kind}, `))).toEqual([
        `first on ${kind}, before the hub dies`,
        `second on ${kind}, while Bob is away`,
        `typed on ${kind}, while it was dead`,
        `third on ${kind}, to both again`,
      ]);
      await eventually(() => somebody.list('Online').getByRole('listitem').count()).toBe(2);
      expect(await somebody.alert.isVisible()).toBe(false);
      await isTheSamePage(somebody);
    }
    // A restart is no expiry.
    expect(demo.chat.provider.requests.token.filter(({ grantType }) => grantType === 'refresh_token')).toHaveLength(
      refreshes,
    );
  },
);

it('“Restart the hub” on one page takes the hub from all three, and they come back by themselves', async () => {
  const visitors = await Promise.all(pageKinds.map((kind) => visit(demo, kind)));
  await Promise.all(visitors.map((visitor) => visitor.isVisitor()));
  await Promise.all(visitors.map(mark));

  await visitors[0]!.button('Restart the hub').click();

  await Promise.all(
    visitors.map(async (visitor) => {
      await visitor.page.locator('[data-status=reconnecting]').waitFor();
      // Out of order, not gone: the keyboard's focus stays where it is.
      expect(await visitor.button('Drop my connection').getAttribute('aria-disabled')).toBe('true');
      await visitor.isVisitor();
      expect(await visitor.button('Drop my connection').getAttribute('aria-disabled')).toBe('false');
      expect(await visitor.statuses()).toEqual(
        expect.arrayContaining(['connecting', 'connected', 'reconnecting', 'connected']),
      );
      await isTheSamePage(visitor);
    }),
  );
});
