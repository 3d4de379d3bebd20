import { expect, it } from 'vitest';
import { importBundled } from '../bundled.ts';
import type * as bundled from './on-test-hub.ts';

it('28. anything in any order: 50,000 steps of random schedules on fake time', { timeout: 1_200_000 }, async () => {
  const { runOnTestHub } = await importBundled<typeof bundled>('model/on-test-hub.ts');
  const { failure, steps, missed } = await runOnTestHub(50_000, 28);
  expect(failure).toBeNull();
  expect(steps).toBeGreaterThanOrEqual(50_000);
  // Schedules in which nothing much happens would show nothing.
  expect(missed).toEqual([]);
});
