import { expect, it, onTestFinished } from 'vitest';
import { renderToString } from 'vue/server-renderer';
import { type Lab, labKind, startLab } from '../lab/index.ts';
import { openBindingsPage } from './bindings/page.ts';
import { createNewsApp } from './bindings/vue-ssr-app.ts';

const whens = ['after the page was taken over', 'before the page was taken over'] as const;

it.each(whens)(
  'a page of Vue that a server rendered goes live without a mismatch, with a client started %s',
  async (when) => {
    const lab = await startLab(labKind(), { allowAnonymous: true });
    onTestFinished(() => lab.close());
    const rendered = await render(lab);
    // The server has begun nothing, and waits for nothing.
    expect([await lab.connections(), await lab.requests()]).toEqual([[], []]);

    const { page, facts } = await openBindingsPage('vue-ssr', 'development', {
      html: `<div id="app" data-hub="${lab.url}" ${when === whens[1] ? 'data-early="yes"' : ''}>${rendered}</div>`,
    });
    const status = page.getByRole('status');
    await expect.poll(() => status.textContent()).toBe('connected, joined');
    await expect.poll(() => page.locator('#numbers').textContent()).toBe('success: 0');
    await expect.poll(() => page.locator('#counted').textContent()).toMatch(/^done: .+/);
    await page.getByRole('button', { name: 'Add' }).click();
    await expect.poll(() => page.locator('#sum').textContent()).toBe('success: 11');
    expect([(await lab.connections()).length, facts.sockets.length, facts.complaints]).toEqual([1, 1, []]);
  },
);

async function render({ url }: Lab): Promise<string> {
  const html = await renderToString(createNewsApp(url).app);
  expect(html).toBe(
    '<main><p role="status">disconnected, joining</p><p id="numbers">pending: none</p><p id="counted">pending: </p>' +
      '<p id="sum">idle: none</p><button>Add</button></main>',
  );
  return html;
}
