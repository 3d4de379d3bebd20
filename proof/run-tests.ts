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
    readonly status: string;
    readonly assertionResults: readonly { ancestorTitles: string[]; title: string; status: string }[];
  }[];
}

const root = join(import.meta.dirname, '..');

export interface TestRun {
  /** @default vitest.workspace.ts */
  config?: string;
  /** The Node that runs them. @default this one */
  node?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * Runs tests with Vitest in a process of its own; those that the options leave out are not among the results. A file that
 * fails before its first test is one test that failed, and so is an error outside of all tests.
 */
export async function runTests(
  options: readonly string[],
  { config = 'vitest.workspace.ts', node = process.execPath, env }: TestRun = {},
): Promise<TestResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tests-'));
  const file = join(folder, 'report.json');
  try {
    const all = ['run', '--config', config, '--passWithNoTests', ...options];
    const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
    const child = spawn(node, ['node_modules/vitest/vitest.mjs', ...all, ...reporters], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: 'inherit',
    });
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('exit', resolve));
    // Without a report none of them has run.
    const { testResults } = JSON.parse(await readFile(file, 'utf8').catch(() => '{"testResults":[]}')) as Report;
    const results = testResults.flatMap((test): TestResult[] => {
      const name = relative(root, test.name).replaceAll('\\', '/');
      const ran = test.assertionResults.filter(({ status }) => status === 'passed' || status === 'failed');
      if (test.status === 'failed' && !ran.some(({ status }) => status === 'failed'))
        return [{ file: name, groups: [], name: 'runs to its end', passed: false }];
      return ran.map(({ ancestorTitles, title, status }) => ({
        file: name,
        groups: ancestorTitles.filter(Boolean),
        name: title,
        passed: status === 'passed',
      }));
    });
    // An error outside of any test.
    if (code !== 0 && results.every(({ passed }) => passed))
      results.push({ file: '', groups: [], name: `Vitest ends well (exit code ${code})`, passed: false });
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}
