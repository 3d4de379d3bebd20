import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import workspace from '../../vitest.workspace.js';

/**
 * The suites of the workspace on other versions of what the packages depend on: the packages that `OTHER_NAMES` lists come
 * from the `node_modules` of the folder `OTHER_FOLDER`.
 */
const { OTHER_FOLDER = '', OTHER_NAMES = '' } = process.env;
const alias = Object.fromEntries(
  OTHER_NAMES.split(',').map((name) => [name, join(OTHER_FOLDER, 'node_modules', name)]),
);

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    projects: (workspace.test?.projects ?? []).map((project) =>
      typeof project === 'object' && 'resolve' in project
        ? { ...project, resolve: { ...project.resolve, alias: Object.assign({}, project.resolve?.alias, alias) } }
        : project,
    ),
  },
});
