/// <reference types="node" />
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');

/**
 * Imports a file of this folder as one piece, the packages of this repository included. A file that is imported when it is
 * needed then needs no more than a promise: loaders ask another thread, or a disk, and those know of no fake time.
 */
export async function importBundled<Module>(file: string, plugins: Plugin[] = []): Promise<Module> {
  const outfile = join(root, 'node_modules/.proof', `${file.replaceAll('/', '-')}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, file)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    tsconfig: join(root, 'tsconfig.json'),
    external: [
      '@microsoft/signalr',
      '@microsoft/signalr-protocol-msgpack',
      'oidc-client-ts',
      'fast-check',
      '@sinonjs/fake-timers',
      'ws',
      'eventsource',
      'jose',
    ],
    plugins,
    logLevel: 'error',
  });
  process.setSourceMapsEnabled(true);
  return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as Module;
}
