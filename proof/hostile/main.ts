/// <reference types="node" />
/**
 * Whatever a server, a token end point, a storage or another tab may say, generated: for each case a typed error or a correct
 * result, through the public API, on a fake clock. A failure prints its kind, its seed and the smallest input that shows it.
 *
 * `--cases=1000000`, `--seed=7`, `--kind=frames` (only those whose name begins so)
 */
import { parseArgs } from 'node:util';
import { prove } from '../claim.ts';
import { numberOption, seed } from '../options.ts';
import { bundledRun } from './bundle.ts';

process.setSourceMapsEnabled(true);
const cases = numberOption('cases', 1_000_000);
const { kind = '' } = parseArgs({ strict: false }).values;
const started = performance.now();
// Whatever is thrown is caught as an accident of a case, also where it is one of ours.
process.exitCode = 1;
const { run } = await bundledRun();
const { outcomes, failures, left, growth } = await run(cases, seed, String(kind));
const seconds = Math.round((performance.now() - started) / 1000);

for (const [name, counted] of outcomes) {
  console.log(`\n${name}: ${counted.get('cases') ?? 0}`);
  for (const [outcome, count] of [...counted].sort(([, one], [, other]) => other - one)) {
    if (outcome !== 'cases') console.log(`${String(count).padStart(9)}  ${outcome}`);
  }
}
for (const failure of failures) console.error(`\n${failure}`);
console.log(seconds, growth, left);
process.exitCode = 0;
prove([]);
