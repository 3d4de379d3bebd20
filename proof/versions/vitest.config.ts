import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import workspace from '../../vitest.workspace.js';

/**
 * The suites of the workspace on other versions of what the packages depend on: the packages that `OTHER_NAMES` lists come
 * from the `node_modules` of the folder `OTHER_FOLDER`, and `other-versions.ts` sees before each file that they do.
 */
const { OTHER_FOLDER = '', OTHER_NAMES = '' } = process.env;
const alias = Object.fromEntries(
  OTHER_NAMES.split(',').map((name) => [name, join(OTHER_FOLDER, 'node_modules', name)]),
);
const setupFiles = [fileURLToPath(new URL('./other-versions.ts', import.meta.url))];

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    projects: (workspace.test?.projects ?? []).map((project) =>
      typeof project === 'object' && 'resolve' in project
        ? {
            ...project,
            resolve: { ...project.resolve, alias: Object.assign({}, project.resolve?.alias, alias) },
            test: { ...project.test, setupFiles },
          }
        : project,
    ),
  },
});
