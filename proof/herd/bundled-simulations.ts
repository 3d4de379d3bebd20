/// <reference types="node" />
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as simulations from './simulations.ts';

const outfile = join(import.meta.dirname, '../../node_modules/.proof/herd-simulations.mjs');
const own = join(import.meta.dirname, 'simulated-link.ts');

// In one piece, as in `../bundled.ts`: what is loaded when it is needed then needs no more than a promise.
await build({
  entryPoints: [join(import.meta.dirname, 'simulations.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  plugins: [
    {
      name: 'simulated link',
      setup: ({ onLoad }) =>
        onLoad({ filter: /core[\\/]src[\\/]link[\\/]link\.ts$/ }, () => ({
          contents: `export { createLink } from ${JSON.stringify(own)};`,
        })),
    },
  ],
  logLevel: 'error',
});

/** With the client as it is, but for its link: that is `simulated-link.ts`. */
export const { expiry, restart } = (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as typeof simulations;
