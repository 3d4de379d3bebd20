/// <reference types="node" />
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { importBundled } from '../bundled.ts';
import type * as simulations from './simulations.ts';

const own = join(import.meta.dirname, 'simulated-link.ts');
const simulatedLink: Plugin = {
  name: 'simulated link',
  setup: ({ onLoad }) =>
    onLoad({ filter: /core[\\/]src[\\/]link[\\/]link\.ts$/ }, () => ({
      contents: `export { createLink } from ${JSON.stringify(own)};`,
    })),
};

/** With the client as it is, but for its link: that is `simulated-link.ts`. */
export const { expiry, restart } = await importBundled<typeof simulations>('herd/simulations.ts', [simulatedLink]);
