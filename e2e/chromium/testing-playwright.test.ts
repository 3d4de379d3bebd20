/// <reference types="node" />
import { createServer } from 'vite';
import { expect, onTestFinished, test } from 'vitest';
import { createRoomHub } from '../../examples/testing/room-hub.ts';
import { launchBrowser } from '../browser.ts'; // In an app: `import { chromium } from 'playwright'`, and `chromium.launch()`.

/** The app's own server, with the hub on it: one origin, so no CORS, and the page needs no change. */
async function openRoom() {
  const app = await createServer({ root: 'examples/testing', server: { port: 0 }, logLevel: 'error' });
  const hub = createRoomHub();
  await hub.attach(app.httpServer!, { path: '/hub' });
  await app.listen();
  const browser = await launchBrowser();
  onTestFinished(async () => {
    await browser.close();
    await hub.dispose();
    await app.close();
  });
  const page = await browser.newPage();
  await page.goto(app.resolvedUrls!.local[0]!);
  return { hub, page };
}

test('a page comes back to its room after a restart of the server', async () => {
  const { hub, page } = await openRoom();
  await page.getByText('connected, joined').waitFor();
  await page.getByRole('button', { name: 'Say hello' }).click();
  await page.getByText('Hello!').waitFor();

  const rejoined = hub.waitFor('joined');
  await Promise.all([page.getByText(/^reconnecting/).waitFor(), hub.restart({ downFor: 500 })]);
  await rejoined;
  await page.getByText('connected, joined').waitFor();
  expect(hub.received().map(({ method }) => method)).toEqual(['JoinGroup', 'Say', 'JoinGroup']);
});
