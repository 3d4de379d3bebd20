import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { visit } from './visit.ts';

const demo = demoForTests();

it('27. A page with one <script> and no bundler logs in, connects, joins, sends, logs out', async () => {
  const bob = await visit(demo, 'script-tag');
  const scripts = await bob.page
    .locator('script')
    .evaluateAll((elements) => elements.map((element) => element.getAttribute('src')));
  // The SDK and the page's own code; nothing is bundled, and nothing is loaded from elsewhere.
  expect(scripts).toEqual(['/hub.global.min.js', 'chat.js']);
  expect(await (await fetch(`${bob.address}chat.js`)).text()).not.toMatch(/^import |import\(/m);

  await bob.logIn('bob');
  await bob.enter('Kitchen');
  await bob.say('No bundler was needed for this.');
  await bob.hears('No bundler was needed for this.');
  expect((await bob.connection.innerText()).replace(/\d:\d\d/, 'm:ss')).toBe('Connected. Token renews within m:ss.');
  await bob.button('Log out').click();
  await bob.isVisitor();

  expect(await bob.list('Online').getByText('Bob (you)').count()).toBe(0);
  expect(await bob.alert.isVisible()).toBe(false);
  expect(bob.facts).toMatchObject({ complaints: [], refusals: [] });
});
