import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { labKind, startLab } from '../lab/index.ts';
import './bindings/contract.ts';
import { frameworks, openBindingsPage } from './bindings/page.ts';

const seconds = 10;
const perSecond = 1000;

it.each(frameworks)(
  '24. Burst: a thousand messages a second for ten seconds are all there, in order, and the page stays quick (%s)',
  async (framework) => {
    const lab = await startLab(labKind(), { allowAnonymous: true });
    onTestFinished(() => lab.close());
    const { page, facts } = await openBindingsPage(framework, 'production');
    await page.evaluate((url) => window.bindings.mount(url), lab.url);
    await page.getByText('connected, joined, 0', { exact: true }).first().waitFor();
    await page.evaluate(recordInputDelays);

    await lab.startNumbers({ every: 1000 / perSecond });
    const typed = await typeUntil(page, seconds * perSecond);
    const last = await lab.stopNumbers();

    await expect.poll(() => page.evaluate(() => window.bindings.numbers().length), { timeout: 10_000 }).toBe(last);
    expect(last).toBeGreaterThanOrEqual(seconds * perSecond);
    const numbers = await page.evaluate(() => window.bindings.numbers());
    expect(numbers.findIndex((number, index) => number !== index + 1)).toBe(-1);

    const commits = await page.evaluate(() => window.bindings.commits);
    const most = mostIn(1000, commits);
    expect(most).toBeLessThanOrEqual(70);
    // It was seen to go on meanwhile.
    expect(commits.length).toBeGreaterThan(5 * seconds);

    const delays = await page.evaluate(() => window.inputDelays);
    expect([await page.getByRole('textbox').inputValue(), delays.length]).toEqual([typed, typed.length]);
    expect(percentile(99, delays)).toBeLessThanOrEqual(100);
    expect(facts.complaints).toEqual([]);
  },
);

declare global {
  interface Window {
    /** From the key to its handler, ms. */
    inputDelays: number[];
  }
}

/** Runs in the page. */
function recordInputDelays(): void {
  window.inputDelays = [];
  const input = document.querySelector('input')!;
  input.addEventListener('keydown', ({ timeStamp }) => window.inputDelays.push(performance.now() - timeStamp));
  input.focus();
}

/** Presses one key after the other, as fast as the browser takes them, until the page has heard this number. */
async function typeUntil(page: Page, number: number): Promise<string> {
  let typed = '';
  while ((await page.evaluate(() => window.bindings.numbers().length)) < number) {
    const letter = String.fromCharCode(97 + (typed.length % 26));
    await page.keyboard.press(letter);
    typed += letter;
  }
  return typed;
}

/** The most of these times in any window of so many milliseconds. */
function mostIn(window: number, times: readonly number[]): number {
  let first = 0;
  let most = 0;
  times.forEach((time, index) => {
    while (times[first]! <= time - window) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

function percentile(percent: number, values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil((values.length * percent) / 100) - 1]!;
}
