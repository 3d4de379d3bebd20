import { describe, expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { eventually, pageKinds, visit } from './visit.ts';

const demo = demoForTests();

describe.each(pageKinds)('the %s page', (kind) => {
  it('lets two people who log in with their passwords talk in a room and in private', async () => {
    const [alice, bob] = await Promise.all([visit(demo, kind), visit(demo, kind)]);
    await Promise.all([alice.logIn('alice'), bob.logIn('bob')]);
    await Promise.all([alice.enter('Kitchen'), bob.enter('Kitchen')]);

    await alice.say(`The kettle is on, says the ${kind} page to all who want tea.`);
    await bob.hears(`The kettle is on, says the ${kind} page to all who want tea.`);
    await bob.textbox('Message').fill(`Two sugars for the ${kind} page, please.`);
    await bob.button('Send').click();
    await alice.hears(`Two sugars for the ${kind} page, please.`);

    await alice.list('Online').getByRole('button', { name: 'Bob', exact: true }).click();
    await alice.textbox('Direct message').fill('This is between us.');
    await alice.button('Send direct message').click();
    // Who is written to can answer at once.
    await bob.textbox('Direct message').fill('Nobody else heard it.');
    await bob.textbox('Direct message').press('Enter');

    for (const [somebody, said] of [
      [alice, ['To Bob This is between us.', 'Bob Nobody else heard it.']],
      [bob, ['Alice This is between us.', 'To Alice Nobody else heard it.']],
    ] as const) {
      await eventually(() => somebody.list('Direct messages').getByRole('listitem').allInnerTexts()).toEqual(said);
      expect((await somebody.messages()).slice(-2)).toEqual([
        `The kettle is on, says the ${kind} page to all who want tea.`,
        `Two sugars for the ${kind} page, please.`,
      ]);
      expect(await somebody.alert.isVisible()).toBe(false);
      expect(somebody.facts).toMatchObject({ complaints: [], refusals: [] });
      // The visitor's, and after the login the member's: StrictMode and the redirects open no other.
      expect(somebody.facts.sockets).toHaveLength(2);
    }
  });

  it('shows visitors the first words of each message, live and in the history', async () => {
    const [visitor, alice] = await Promise.all([visit(demo, kind), visit(demo, 'script-tag')]);
    await visitor.isVisitor();
    await alice.logIn('alice');

    await alice.say(`Only ${kind} members see the end of this.`);
    await alice.hears(`Only ${kind} members see the end of this.`);

    await visitor.hears(`Only ${kind} members see…`);
    await visitor.page.reload();
    await visitor.hears(`Only ${kind} members see…`);
    expect(await visitor.page.content()).not.toContain('the end of this');
    expect(await visitor.textbox('Message').isVisible()).toBe(false);
    expect(await visitor.button('Expire my token').isVisible()).toBe(false);
    expect(visitor.facts).toMatchObject({ complaints: [], refusals: [] });
  });

  it('tells those without the role why the staff room is closed, and opens it to those with it', async () => {
    const [alice, bob] = await Promise.all([visit(demo, kind), visit(demo, kind)]);
    await Promise.all([alice.logIn('alice'), bob.logIn('bob')]);

    await Promise.all([alice.enter('Staff only'), bob.enter('Staff only')]);
    await alice.say(`What the staff say on the ${kind} page stays there.`);
    await alice.hears(`What the staff say on the ${kind} page stays there.`);
    await bob.refusal.getByText('is for members of the role').waitFor();
    await bob.button('Try again').click();

    await bob.refusal.getByText('is for members of the role').waitFor();
    expect(await bob.refusal.innerText()).toContain('Log in as somebody who may');
    expect(await bob.textbox('Message').isVisible()).toBe(false);
    expect(await bob.page.content()).not.toContain('What the staff say');

    await bob.enter('Lobby');
    await bob.textbox('Message').waitFor();
    expect(await bob.refusal.isVisible()).toBe(false);
    for (const somebody of [alice, bob]) expect(somebody.facts).toMatchObject({ complaints: [], refusals: [] });
  });
});
