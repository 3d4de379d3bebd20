import { expect, it } from 'vitest';
import { startOnAspNetCore } from './aspnetcore-world.ts';
import { runSchedules } from './run.ts';

it('28. anything in any order: 60 steps of random schedules in real time', { timeout: 900_000 }, async () => {
  const place = await startOnAspNetCore();
  const { failure, steps } = await runSchedules(place, 60, 2);
  await place.stop();
  expect(failure).toBeNull();
  expect(steps).toBeGreaterThanOrEqual(60);
});
