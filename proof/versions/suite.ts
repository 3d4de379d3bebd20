import type { Claim } from '../claim.ts';
import { runTests, type TestRun } from '../run-tests.ts';

export interface Suite extends Omit<TestRun, 'config'> {
  /** Projects of vitest.workspace.ts. */
  projects: readonly string[];
  /** Only these files. */
  files?: readonly string[];
  /** Packages that are to come from the `node_modules` of another folder. */
  others?: { folder: string; names: readonly string[] };
}

/** Runs tests of this repository, and says how many there were. What failed is printed. */
export async function runSuite({
  projects,
  files = [],
  others,
  ...run
}: Suite): Promise<Pick<Claim, 'figure' | 'holds'>> {
  const results = await runTests([...projects.map((project) => `--project=${project}`), ...files], {
    ...run,
    ...(others && {
      config: 'proof/versions/vitest.config.ts',
      env: { ...run.env, OTHER_FOLDER: others.folder, OTHER_NAMES: others.names.join() },
    }),
  });
  const failed = results.filter(({ passed }) => !passed);
  for (const { file, groups, name } of failed) console.log(`  failed: ${[file, ...groups, name].join(': ')}`);
  const passed = `${(results.length - failed.length).toLocaleString('en')} tests`;
  const holds = results.length > 0 && failed.length === 0;
  return { figure: holds ? passed : `${passed}, ${failed.length} failed`, holds };
}
