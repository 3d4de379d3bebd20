/// <reference types="node" />
/**
 * Anything in any order (scenario 28): schedules that fast-check makes, of all that an app, its server, its network, its token
 * end point and its page can do, with any timing, for two clients of one token source. What must hold is looked at after each
 * step, and at the end everything must come to rest, to life, and to an end that leaves nothing.
 *
 * `--steps=1000000`, `--steps-aspnetcore=500` in real time (0: not at all), `--seed=7`
 */
import { prove } from '../claim.ts';
import { importBundled } from '../bundled.ts';
import { numberOption, seed } from '../options.ts';
import { startOnAspNetCore } from './aspnetcore-world.ts';
import type * as bundled from './on-test-hub.ts';
import { type Report, runSchedules } from './run.ts';

const steps = numberOption('steps', 1_000_000);
const stepsOnAspNetCore = numberOption('steps-aspnetcore', 500);

const { runOnTestHub } = await importBundled<typeof bundled>('model/on-test-hub.ts');
const tell = (done: number): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} steps`);
};
report('test hub, fake time', await runOnTestHub(steps, seed, tell));

if (stepsOnAspNetCore > 0) {
  const place = await startOnAspNetCore();
  report('ASP.NET Core, real time', await runSchedules(place, stepsOnAspNetCore, seed));
  await place.stop();
}

function report(server: string, { failure, events, ...run }: Report): void {
  if (failure) console.error(failure);
  console.log(`${server}: ${run.steps} steps in ${run.schedules} schedules, seed ${seed}, ${run.seconds.toFixed(1)} s`);
  const counts = [...events].sort(([, a], [, b]) => b - a);
  console.log(counts.map(([type, times]) => `${type} ${times}`).join(' · '));
  prove([
    {
      claim: 'Anything in any order: what must hold does so after every step, every promise settles, nothing is left',
      server,
      figure: `${run.steps} steps in ${run.schedules} schedules`,
      seed,
      holds: !failure,
    },
  ]);
}
