import { expect, it } from 'vitest';
import { demoForTests } from './demo.ts';
import { logIn, openBrowser } from './tabs.ts';

const demo = demoForTests();

it('completes a renewal in a frame, too, where the provider comes back to the page of the app itself', async () => {
  const { openTab } = await openBrowser(demo);
  const { page, lastToken, isConnected } = await openTab();
  await logIn({ page, isConnected });
  // oidc-client-ts sends the frame to `redirect_uri` where the app names no page for it.
  const renewed = await page.evaluate(() => window.tab.auth.manager.signinSilent({ forceIframeAuth: true }));
  expect(renewed).toMatchObject({ profile: { sub: 'alice' } });
  expect(renewed?.access_token).not.toBe(lastToken());
  expect(await page.evaluate(() => window.tab.hub.getSnapshot())).toMatchObject({
    status: 'connected',
    userId: 'alice',
  });
});
