/// <reference types="node" />
/**
 * All measurements but the soak, one after the other, each in a process of its own: what one leaves behind would be in the
 * figures of the next. Ends with what was asked of the figures, and with exit code 1 if something does not hold.
 *
 * `--only=calls,groups`, `--quick` (a look in a fifth of the time; its figures are rougher); the options of each hold
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printVerdicts, type Verdict } from './limits.ts';

const quick: Record<string, readonly string[]> = {
  calls: ['--rounds=9'],
  groups: ['--groups=200', '--rounds=3'],
  reconnects: ['--reconnects=1000', '--reconnects-aspnetcore=200'],
  rotation: ['--rotations=20'],
  'one-token': ['--clients=20', '--tabs=4'],
  'expiry-gap': ['--rounds=1'],
  bindings: ['--seconds=2'],
};

const { values } = parseArgs({ strict: false });
const chosen = typeof values['only'] === 'string' ? values['only'].split(',') : Object.keys(quick);
const started = performance.now();
const verdicts: Verdict[] = [];
for (const name of chosen) {
  console.log(`\n--- ${name}`);
  const before = performance.now();
  verdicts.push(...(await run(name)));
  console.log(`--- ${name}: ${duration(before)}`);
}
printVerdicts(`All of it, in ${duration(started)}`, verdicts);
if (verdicts.some(({ holds }) => !holds)) process.exitCode = 1;

/** The options given come last: they win. */
function run(name: string): Promise<readonly Verdict[]> {
  const options = [...(values['quick'] ? (quick[name] ?? []) : []), ...process.argv.slice(2)];
  const child = fork(fileURLToPath(new URL(`./${name}.ts`, import.meta.url)), options);
  return new Promise((resolve) => {
    const told: Verdict[] = [];
    child.on('message', (message) => told.push(...(message as Verdict[])));
    child.on('exit', (code) => {
      const failed = { what: `${name} ran to its end`, measured: 'no', asked: 'yes', holds: false };
      const expected = told.some(({ holds }) => !holds) ? 1 : 0;
      resolve(
        (code === expected ? told : [...told, failed]).map((verdict) => ({
          ...verdict,
          what: `${name}: ${verdict.what}`,
        })),
      );
    });
  });
}

function duration(since: number): string {
  const seconds = Math.round((performance.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
