/// <reference types="node" />
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as Run from './run.ts';

/**
 * The run as one file. What is loaded later is then there at once: a loader takes half a millisecond of real time for each
 * such file, once more for each client, and comes whenever it comes; no seed would give the same run again.
 */
export async function bundledRun(): Promise<typeof Run> {
  const folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  const outfile = join(folder, 'run.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('run.ts', import.meta.url))],
    tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Some dependencies ask for parts of Node the old way.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(import.meta.url)});`,
    },
    sourcemap: 'inline',
    logLevel: 'error',
    outfile,
  });
  try {
    return (await import(pathToFileURL(outfile).href)) as typeof Run;
  } finally {
    await rm(folder, { recursive: true });
  }
}
