/// <reference types="node" />
/**
 * Whatever a server, a token end point, a storage or another tab may say, generated: for each case a typed error or a correct
 * result, through the public API, on a fake clock. A failure prints its kind, its seed and the smallest input that shows it.
 *
 * `--cases=1000000`, `--seed=7`, `--kind=frames` (only those whose name begins so)
 */
import { parseArgs } from 'node:util';
import { importBundled } from '../bundled.ts';
import { prove } from '../claim.ts';
import { numberOption, seed } from '../options.ts';
import type * as hostile from './run.ts';

const cases = numberOption('cases', 1_000_000);
const { kind = '' } = parseArgs({ strict: false }).values;
// Whatever is thrown is caught as an accident of a case, also where it is one of ours.
process.exitCode = 1;
const { run } = await importBundled<typeof hostile>('hostile/run.ts');
const { outcomes, failures, left, growth, watched } = await run(cases, seed, String(kind));

for (const [name, counted] of outcomes) {
  console.log(`\n${name}: ${counted.get('cases') ?? 0}`);
  for (const [outcome, count] of [...counted].sort(([, one], [, other]) => other - one)) {
    if (outcome !== 'cases') console.log(`${String(count).padStart(9)}  ${outcome}`);
  }
}
for (const complaint of [...failures, ...left]) console.error(`\n${complaint}`);

const number = (count: number): string => count.toLocaleString('en-US');
const tried = (name: string): number => outcomes.get(name)?.get('cases') ?? 0;
const all = [...outcomes.keys()].reduce((sum, name) => sum + tried(name), 0);
const ways = [...outcomes.values()].reduce((sum, { size }) => sum + size - 1, 0);
const groups = {
  'frames and handshakes': [...[...outcomes.keys()].filter((name) => name.startsWith('frames')), 'handshake'],
  'negotiate answers': ['negotiate'],
  'token answers': ['tokenFrom', 'identityApi', 'passwordGrant', 'oidc'],
  'refresh answers': ['refresh'],
  'storage contents and messages of tabs': ['storage, tokens', 'storage, users'],
};
const shares = Object.entries(groups)
  .map(([what, names]) => [what, names.reduce((sum, name) => sum + tried(name), 0)] as const)
  .filter(([, count]) => count > 0)
  .map(([what, count]) => `${number(count)} ${what}`)
  .join(', ');
const server = 'generated, on a fake clock';
process.exitCode = 0;
prove([
  {
    claim:
      'Whatever a server, a token end point, a storage or another tab says, it is a typed error or a correct result: nothing is thrown outside, nothing hangs, no part of a token is told',
    server,
    figure: `${number(all)} cases (${shares}), ${ways} different outcomes, ${failures.length} failures`,
    seed,
    holds: failures.length === 0 && all >= cases,
  },
  {
    claim: 'Of the clients that heard it nothing is left: no socket, timer, listener or channel',
    server,
    figure: left.length === 0 ? '0 left' : `${left.length} kinds of things left`,
    seed,
    holds: left.length === 0,
  },
  {
    claim: `Within ${number(watched)} of them, run without V8’s optimiser, the heap grows by less than 1 MB`,
    server,
    figure: `${growth < 0 ? '−' : '+'}${Math.abs(Math.round(growth / 1024))} kB`,
    seed,
    holds: growth < 1024 ** 2,
  },
]);
