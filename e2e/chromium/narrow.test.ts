import { describe, expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { pageKinds, type Visit, visit } from './visit.ts';

const demo = demoForTests();
const phone = { viewport: { width: 360, height: 740 } };

/** How much wider the page is than the phone. */
function overflow({ page }: Visit): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

describe.each(pageKinds)('the %s page on a phone', (kind) => {
  it('is no wider than the phone, for visitors and for members, whatever is said', async () => {
    const alice = await visit(demo, kind, phone);
    await alice.isVisitor();
    await alice.page.getByRole('navigation').getByRole('button', { name: 'Staff only', exact: true }).waitFor();
    expect(await overflow(alice)).toBe(0);
    await alice.enter('Staff only');
    await alice.refusal.waitFor();
    expect(await overflow(alice)).toBe(0);

    await alice.logIn('alice');
    await alice.say(kind.repeat(30));
    await alice.hears(kind.repeat(30));
    expect(await overflow(alice)).toBe(0);
  });

  it('is no wider than the phone when it has to name a long address', async () => {
    const hubUrl = `${demo.chat.pagesUrl}/${'nothing-is-here'.repeat(10)}`;
    const visitor = await visit(demo, kind, { ...phone, config: { hubUrl } });
    await visitor.alert.waitFor();

    expect(await visitor.alert.innerText()).toContain(hubUrl);
    expect(await overflow(visitor)).toBe(0);
  });

  it('can be used with the keyboard alone, and shows where the focus is', async () => {
    const [alice, bob] = await Promise.all([visit(demo, kind, phone), visit(demo, 'script-tag')]);
    await alice.isVisitor();
    await alice.page.getByRole('navigation').getByRole('button', { name: 'Staff only', exact: true }).waitFor();
    const visitorsWay = await tabThrough(alice);
    expect(visitorsWay.missed).toEqual([]);
    expect(visitorsWay.withoutOutline).toEqual([]);

    await bob.logIn('bob');
    await alice.logIn('alice');
    await tabTo(alice, 'Bob');
    await alice.page.keyboard.press('Enter');
    await alice.textbox('Direct message').waitFor();
    const membersWay = await tabThrough(alice);
    expect(membersWay.missed).toEqual([]);
    expect(membersWay.withoutOutline).toEqual([]);

    await tabTo(alice, 'Message');
    await alice.page.keyboard.type(`Typed on the ${kind} page without a mouse.`);
    await alice.page.keyboard.press('Enter');
    await bob.hears(`Typed on the ${kind} page without a mouse.`);
    expect(await alice.textbox('Message').inputValue()).toBe('');
  });
});

interface Way {
  /** What can be pressed or typed into, and the Tab key does not reach. */
  readonly missed: string[];
  /** What it reaches without a sign. */
  readonly withoutOutline: string[];
}

/** What a control is called, in the words of its page. */
const nameOfFocused = (): string => {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement) || element === document.body) return '';
  const label = element instanceof HTMLInputElement ? element.labels?.[0]?.innerText : element.innerText;
  return (element.getAttribute('role') ?? label ?? '').trim();
};

async function tabTo({ page }: Visit, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if ((await page.evaluate(nameOfFocused)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The Tab key does not reach '${name}'.`);
}

/** Once round the page. */
async function tabThrough({ page }: Visit): Promise<Way> {
  const controls = await page.evaluate(() => {
    const found = [...document.querySelectorAll<HTMLElement>('button, input, a[href], [tabindex="0"]')].filter(
      (element) => element.checkVisibility(),
    );
    found.forEach((element, index) => (element.dataset['tabbed'] = String(index)));
    (document.activeElement as HTMLElement | null)?.blur();
    return found.map((element) => element.outerHTML.slice(0, 120));
  });
  const reached = new Set<number>();
  const withoutOutline: string[] = [];
  // The first one again is once round; the browser's own bar may come in between.
  for (let presses = 0; presses < controls.length + 5; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return {
        index: Number(element.dataset['tabbed'] ?? NaN),
        html: element.outerHTML.slice(0, 120),
        isShown: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
        isInView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
      };
    });
    if (!focused) continue;
    reached.add(focused.index);
    if (!focused.isShown || !focused.isInView) withoutOutline.push(focused.html);
  }
  return { missed: controls.filter((_, index) => !reached.has(index)), withoutOutline };
}
