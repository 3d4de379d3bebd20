/// <reference types="node" />
/** Were the aliases of vitest.config.ts to do nothing, each test would pass on the version that is installed here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const { OTHER_FOLDER = '', OTHER_NAMES = '' } = process.env;

for (const name of OTHER_NAMES.split(',')) {
  const folder = join(OTHER_FOLDER, 'node_modules', name);
  const wanted = (JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  const loaded = await versionOf(name);
  // React 18.0.0 names its build behind it.
  if (loaded !== wanted && !loaded.startsWith(`${wanted}-`))
    throw new Error(`The tests load ${name} ${loaded}, and not ${wanted} of ${folder}.`);
}

/** As it is loaded through the alias. */
async function versionOf(name: string): Promise<string> {
  const { VERSION, Version, version } = (await import(name)) as Record<string, string | undefined>;
  const told = VERSION ?? Version ?? version;
  if (told) return told;
  // `ws` and `msw` do not tell.
  const { version: written } = (await import(`${name}/package.json`)) as { version: string };
  return written;
}
