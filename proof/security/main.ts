/// <reference types="node" />
/**
 * What SECURITY.md claims, tried again: exactly the tests that claims.ts names, each in its own suite, and `npm audit`. A claim
 * one of whose tests fails, or did not run, does not hold. Needs the built packages and pages, Chromium and the .NET SDK:
 * `npm run build && npm run build:pages`.
 */
import { fileURLToPath } from 'node:url';
import { type Claim, prove } from '../claim.ts';
import { runTests, type TestResult } from '../run-tests.ts';
import { audits } from './audit.ts';
import { cited, claims, pattern, serversOf, suiteOf } from './suites.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const projects = [...new Set(cited.map(([file]) => suiteOf(file).project))];

// One after the other: they measure time, and so would measure each other.
const ran: TestResult[] = [];
for (const project of projects) ran.push(...(await run(project)));

prove([
  ...claims.map((claim): Claim => {
    const tried = claim.tests.map(([file, name]) =>
      ran.filter((test) => test.file.endsWith(file) && new RegExp(`^${pattern(name)}$`).test(test.name)),
    );
    const failed = tried.flat().filter(({ passed }) => !passed).length;
    const missing = tried.filter((tests) => tests.length === 0).length;
    const count = tried.flat().length;
    const figure = [
      count === 1 ? '1 test' : `${count} tests`,
      ...(failed ? [`${failed} failed`] : []),
      ...(missing ? [`${missing} not run`] : []),
    ].join(', ');
    return { claim: claim.cannot, server: serversOf(claim), figure, seed: null, holds: !failed && !missing };
  }),
  ...(await audits(root)),
]);

/** What was asked for, of one suite. */
function run(project: string): Promise<TestResult[]> {
  const mine = cited.filter(([file]) => suiteOf(file).project === project);
  const names = mine.map(([, name]) => `(${pattern(name)})`).join('|');
  return runTests([`--project=${project}`, '-t', names, ...new Set(mine.map(([file]) => file))]);
}
