/// <reference types="node" />
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

export interface TestResult {
  /** From the root of the repository. */
  readonly file: string;
  /** The names of the groups that it is in, outermost first. */
  readonly groups: readonly string[];
  readonly name: string;
  readonly passed: boolean;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { ancestorTitles: string[]; title: string; status: string }[];
  }[];
}

const root = join(import.meta.dirname, '..');

/** Runs tests with Vitest in a process of its own; those that the options leave out are not among the results. */
export async function runTests(options: readonly string[]): Promise<TestResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tests-'));
  const file = join(folder, 'report.json');
  try {
    const all = ['run', '--config', 'vitest.workspace.ts', '--passWithNoTests', ...options];
    const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
    const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...all, ...reporters], {
      cwd: root,
      stdio: 'inherit',
    });
    await new Promise((resolve) => child.on('exit', resolve));
    // Without a report none of them has run.
    const { testResults } = JSON.parse(await readFile(file, 'utf8').catch(() => '{"testResults":[]}')) as Report;
    return testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'passed' || status === 'failed')
        .map(({ ancestorTitles, title, status }) => ({
          file: relative(root, name).replaceAll('\\', '/'),
          groups: ancestorTitles.filter(Boolean),
          name: title,
          passed: status === 'passed',
        })),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
