import { expect, it } from 'vitest';
import { openLabPage } from './lab-page.ts';

it('1. three and a half lifetimes with `overlap` cost a page no number, and a token request for each lifetime', async () => {
  // Tokens end on the second: this is the shortest lifetime that rounding does not make three quarters of.
  const lifetime = 4;
  const { lab, endpoint, facts, page, ...here } = await openLabPage({
    lab: { closeOnAuthenticationExpiration: true },
    tokens: { expiresIn: lifetime },
    hub: { rotation: 'overlap' },
  });

  await lab.startNumbers({ every: 100 });
  await here.reaches((here.signedInAt + 3.5 * lifetime * 1000 - Date.now()) / 100);
  const { requests } = endpoint;
  const last = await lab.stopNumbers();
  await page.evaluate(() => window.lab.hub.invoke('Echo', 'after the last number'));

  expect(await here.heard()).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  expect(requests).toBeGreaterThanOrEqual(3);
  expect(requests).toBeLessThanOrEqual(4);
  const { status, gaps, connectionId } = await here.snapshot();
  expect([status, gaps]).toEqual(['connected', 0]);
  expect(await here.types('rotated', 'reconnecting', 'restored', 'tokenExpired', 'tokenRefreshFailed')).toEqual(
    Array.from({ length: requests }, () => 'rotated'),
  );
  expect(facts.sockets).toHaveLength(1 + requests);
  expect(await lab.connections()).toMatchObject([{ connectionId, userId: 'ann' }]);
  expect(facts).toMatchObject({ complaints: [], refusals: [] });
});
