/// <reference types="node" />
/**
 * What SECURITY.md claims, tried again: exactly the tests that claims.ts names, each in its own suite, and `npm audit`. A claim
 * one of whose tests fails, or did not run, does not hold. Needs the built packages and pages, Chromium and the .NET SDK:
 * `npm run build && npm run build:pages`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Claim, prove } from '../claim.ts';
import { audits } from './audit.ts';
import { cited, claims, pattern, serversOf, suiteOf } from './suites.ts';

interface Ran {
  readonly file: string;
  readonly title: string;
  readonly passed: boolean;
}

/** The part of Vitest's JSON report that counts here. */
interface Report {
  testResults: { name: string; assertionResults: { title: string; status: string }[] }[];
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const projects = [...new Set(cited.map(([file]) => suiteOf(file).project))];

// One after the other: they measure time, and so would measure each other.
const ran: Ran[] = [];
for (const project of projects) ran.push(...(await run(project)));

prove([
  ...claims.map((claim): Claim => {
    const tried = claim.tests.map(([file, name]) =>
      ran.filter((test) => test.file.endsWith(file) && new RegExp(`^${pattern(name)}$`).test(test.title)),
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
async function run(project: string): Promise<Ran[]> {
  const folder = await mkdtemp(join(tmpdir(), 'security-'));
  const mine = cited.filter(([file]) => suiteOf(file).project === project);
  const names = mine.map(([, name]) => `(${pattern(name)})`).join('|');
  const files = [...new Set(mine.map(([file]) => file))];
  const report = join(folder, 'report.json');
  const options = ['run', '--config', 'vitest.workspace.ts', `--project=${project}`, '-t', names];
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, ...options, ...reporters, ...files], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await new Promise((resolve) => child.on('exit', resolve));
  try {
    const { testResults } = JSON.parse(await readFile(report, 'utf8')) as Report;
    return testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'passed' || status === 'failed')
        .map(({ title, status }) => ({ file: name.replaceAll('\\', '/'), title, passed: status === 'passed' })),
    );
  } catch {
    // It came to no report: none of its tests has run.
    return [];
  } finally {
    await rm(folder, { recursive: true });
  }
}
