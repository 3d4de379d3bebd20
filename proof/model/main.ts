/// <reference types="node" />
/**
 * Anything in any order (scenario 28): schedules that fast-check makes, of all that an app, its server, its network, its token
 * end point and its page can do, with any timing, for two clients of one token source. What must hold is looked at after each
 * step, and at the end everything must come to rest, to life, and to an end that leaves nothing.
 *
 * `--steps=1000000 --seed=7`
 */
import { type Claim, prove } from '../claim.ts';
import { numberOption, seed } from '../options.ts';
import { importBundled } from '../bundled.ts';
import type * as model from './run.ts';

const steps = numberOption('steps', 1_000_000);
const { runModel } = await importBundled<typeof model>('model/run.ts');
const { failure, ...run } = await runModel(steps, seed, (done) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} steps`);
});
if (failure) console.error(failure);
console.log(`${run.steps} steps in ${run.schedules} schedules, seed ${seed}, ${run.seconds.toFixed(1)} s`);
console.log(
  [...run.events]
    .sort(([, a], [, b]) => b - a)
    .map(([type, times]) => `${type} ${times}`)
    .join(' · '),
);
const claims: Claim[] = [
  {
    claim: 'Anything in any order: the invariants hold after every step, every promise settles, nothing is left',
    server: 'test hub, fake time',
    figure: `${run.steps} steps, ${run.schedules} schedules`,
    seed,
    holds: !failure,
  },
];
prove(claims);
