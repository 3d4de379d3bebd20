import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { pageKinds, visit } from './visit.ts';

const disconnectDelay = 700;
const demo = demoForTests({ disconnectDelay });

it.each(pageKinds)(
  '16. logout on the %s page: the hub has finished its good-bye of 700 ms before the provider is asked to end the session',
  async (kind) => {
    const { hub, provider } = demo.chat;
    const alice = await visit(demo, kind);
    await alice.logIn('alice');
    await alice.enter('Staff only');
    await alice.say(`a secret of the ${kind} page`);
    await alice.hears(`a secret of the ${kind} page`);
    const eventsBefore = hub.events.entries.length;
    const endingsBefore = provider.requests.endSession.length;
    const pressed = Date.now();

    await alice.button('Log out').click();
    const goodbye = await hub.events.waitFor(
      ({ type, userId }) => type === 'disconnected-finished' && userId === 'alice',
      eventsBefore,
    );
    await alice.isVisitor();

    const [ending, ...more] = provider.requests.endSession.slice(endingsBefore);
    expect(goodbye.at - pressed).toBeGreaterThanOrEqual(disconnectDelay);
    expect(ending?.at).toBeGreaterThanOrEqual(goodbye.at);
    expect([ending, ...more].map((request) => request?.status)).toSatisfy((statuses: (number | undefined)[]) =>
      statuses.every((status) => status !== undefined && status < 400),
    );
    // Alice had one connection, and has none; what is open now is the visitor's.
    const aliceSockets = alice.facts.sockets.filter(({ url }) => url.includes('access_token='));
    expect(aliceSockets.map(({ closedAt }) => closedAt)).toEqual([expect.any(Number)]);
    expect(alice.facts).toMatchObject({ complaints: [], refusals: [] });

    expect(await alice.page.getByTestId('user').isVisible()).toBe(false);
    expect(await alice.textbox('Message').isVisible()).toBe(false);
    expect(await alice.button('Log out').isVisible()).toBe(false);
    expect(await alice.page.content()).not.toContain('a secret of');
    expect(await alice.alert.isVisible()).toBe(false);

    // The session has ended at the provider as well: it asks for the password again, and another user may come.
    await alice.logIn('bob');
    await alice.say(`hello again from ${kind}`);
    await alice.hears(`hello again from ${kind}`);
    expect(alice.facts).toMatchObject({ complaints: [], refusals: [] });
  },
);
