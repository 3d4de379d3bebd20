/// <reference types="node" />
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Claim } from '../claim.ts';

const root = join(import.meta.dirname, '../..');

export interface Suite {
  /** Projects of vitest.workspace.ts. */
  projects: readonly string[];
  /** Only these files. */
  files?: readonly string[];
  /** The Node that runs it. @default this one */
  node?: string;
  /** Packages that are to come from the `node_modules` of another folder. */
  others?: { folder: string; names: readonly string[] };
  env?: NodeJS.ProcessEnv;
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[];
}

/** Runs tests of this repository, and says how many there were. What failed is printed. */
export async function runSuite({
  projects,
  files = [],
  node = process.execPath,
  others,
  env,
}: Suite): Promise<Pick<Claim, 'figure' | 'holds'>> {
  const folder = await mkdtemp(join(tmpdir(), 'suite-'));
  const output = join(folder, 'report.json');
  try {
    const code = await run(
      node,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        `--config=${others ? 'proof/versions/vitest.config.ts' : 'vitest.workspace.ts'}`,
        ...projects.map((project) => `--project=${project}`),
        '--reporter=json',
        `--outputFile=${output}`,
        ...files,
      ],
      { ...env, ...(others && { OTHER_FOLDER: others.folder, OTHER_NAMES: others.names.join() }) },
    );
    const report = await readFile(output, 'utf8').then(
      (text) => JSON.parse(text) as Report,
      () => null,
    );
    return report ? result(report, code) : { figure: `no tests (exit code ${code})`, holds: false };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function result(
  { numPassedTests, numFailedTests, testResults }: Report,
  code: number | null,
): Pick<Claim, 'figure' | 'holds'> {
  for (const { name, status, assertionResults } of testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    // A file that fails before its first test has none that failed.
    if (status === 'failed' && failed.length === 0) console.log(`  failed: ${name}`);
    for (const { fullName } of failed) console.log(`  failed: ${name}: ${fullName}`);
  }
  const holds = code === 0 && numFailedTests === 0 && numPassedTests > 0;
  const passed = `${numPassedTests.toLocaleString('en')} tests`;
  return { figure: holds ? passed : `${passed}, ${numFailedTests} failed (exit code ${code})`, holds };
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'ignore', process.argv.includes('--verbose') ? 'inherit' : 'ignore'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
}
