/// <reference types="node" />
/**
 * Whatever a server, a token end point, a storage or another tab may say, generated: for each case a typed error or a correct
 * result, through the public API, on a fake clock. A failure prints its kind, its seed and the smallest input that shows it.
 *
 * `--cases=1000000`, `--seed=7`, `--kind=frames` (only those whose name begins so)
 */
import { parseArgs } from 'node:util';
import { importBundled } from '../bundled.ts';
import { type Claim, prove } from '../claim.ts';
import { numberOption, seed } from '../options.ts';
import type * as hostile from './run.ts';

const cases = numberOption('cases', 1_000_000);
const { kind = '' } = parseArgs({ strict: false }).values;
// Whatever is thrown is caught as an accident of a case, also where it is one of ours.
process.exitCode = 1;
const { run } = await importBundled<typeof hostile>('hostile/run.ts');
const { outcomes, failures, left, growth } = await run(cases, seed, String(kind));

for (const [name, counted] of outcomes) {
  console.log(`\n${name}: ${counted.get('cases') ?? 0}`);
  for (const [outcome, count] of [...counted].sort(([, one], [, other]) => other - one)) {
    if (outcome !== 'cases') console.log(`${String(count).padStart(9)}  ${outcome}`);
  }
}
for (const failure of failures) console.error(`\n${failure}`);
const claim = (text: string, figure: string, holds: boolean): Claim => ({
  claim: text,
  server: 'generated, fake time',
  figure,
  seed,
  holds,
});
process.exitCode = 0;
prove([
  ...[...outcomes].map(([name, counted]) => {
    const failed = failures.filter((failure) => failure.startsWith(name)).length;
    const figure = `${counted.get('cases') ?? 0} cases`;
    return claim(`Whatever there is of ${name}: a typed error or a correct result`, figure, failed === 0);
  }),
  claim('All that is found is told with its kind', `${failures.length} failures`, failures.length === 0),
  claim('After hostile input nothing is left', left.join(', ') || 'nothing', left.length === 0),
  claim('After hostile input the heap is as it was', `${Math.round(growth / 1024)} kB more`, growth <= 1024 * 1024),
]);
