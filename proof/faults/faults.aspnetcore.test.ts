import { expect, it } from 'vitest';
import { claimsOf, diariesOf } from './claims.ts';
import { ordeal } from './ordeal.ts';

it('two tabs of one login are whole again after 25 seconds on a network that breaks', async () => {
  const options = { seconds: 25, seed: 7 };
  const seen = await ordeal(options);
  const claims = claimsOf(seen, options);
  expect(
    claims.filter(({ holds }) => !holds),
    diariesOf(seen, claims),
  ).toEqual([]);
});
