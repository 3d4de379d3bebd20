import { expect, it } from 'vitest';
import { openLabPage } from './lab-page.ts';

it('2. one POST /refresh a lifetime: the page keeps its connection, a slow invoke and a stream', async () => {
  const { lab, endpoint, facts, page, ...here } = await openLabPage({
    lab: { closeOnAuthenticationExpiration: true, tokenRefresh: true },
    tokens: { expiresIn: 4 },
    hub: {},
  });
  const { connectionId } = await here.snapshot();
  await lab.startNumbers({ every: 100 });
  // Both outlive two tokens.
  const slow = page.evaluate(() => window.lab.hub.invoke('Slow', 7_000, 'slow'));
  const items = page.evaluate(async () => {
    const all: number[] = [];
    for await (const item of window.lab.hub.stream('Counter', 70, 100)) all.push(item);
    return all;
  });

  await page.waitForFunction(() => window.lab.events.filter(({ type }) => type === 'rotated').length === 3);

  const numbersTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
  expect(await slow).toBe('slow');
  expect(await items).toEqual(numbersTo(70));
  const last = await lab.stopNumbers();
  await page.evaluate(() => window.lab.hub.invoke('Echo', 'after the last number'));
  expect(await here.heard()).toEqual(numbersTo(last));
  expect(await here.snapshot()).toEqual({ status: 'connected', connectionId, gaps: 0, error: null });
  expect(await here.types('rotated', 'reconnecting', 'restored', 'tokenExpired')).toEqual(Array(3).fill('rotated'));
  const seen = (await lab.requests()).map(({ method, path, status }) => `${method} ${path} ${status}`);
  expect(seen).toEqual(['POST /hub/negotiate 200', 'GET /hub 101', ...Array<string>(3).fill('POST /hub/refresh 200')]);
  expect(endpoint.requests).toBe(3);
  expect(facts).toMatchObject({ complaints: [], refusals: [] });
});
