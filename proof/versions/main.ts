/// <reference types="node" />
/**
 * The same facts on other versions: the pages in the newest Chromium of npm, Debian or the machine; the tests that need no
 * browser on this Node and on those of npm's package `node`; the tests on the oldest version of everything that the packages
 * ask for; their types in the eyes of the oldest and the newest compiler. What is not installed here comes from npm, into a
 * temporary folder. Needs `npm run build && npm run build:pages`, which `npm run proof` does before.
 *
 * `--only=chromium,node,minimums,types` (all, where none of these is named)
 */
import { parseArgs } from 'node:util';
import { packPackages } from '../../e2e/packed/new-app.js';
import { type Claim, prove } from '../claim.ts';
import { inChromium } from './chromium.ts';
import { openWorkshop } from './install.ts';
import { onOldestVersions } from './minimums.ts';
import { onEachNode } from './node.ts';
import { asTypes } from './types.ts';

const workshop = await openWorkshop();
const packages = await packPackages();

const parts: Record<string, () => Promise<Claim[]>> = {
  types: () => asTypes(workshop, packages),
  minimums: () => onOldestVersions(workshop),
  node: () => onEachNode(workshop, packages),
  chromium: inChromium,
};

const { only } = parseArgs({ strict: false }).values;
const named = String(only ?? '')
  .split(',')
  .filter((name) => name in parts);
const claims: Claim[] = [];
try {
  for (const name of named.length > 0 ? named : Object.keys(parts)) {
    const started = performance.now();
    claims.push(...((await parts[name]?.().catch((error: unknown) => notShown(name, error))) ?? []));
    console.log(`--- ${name}: ${Math.round((performance.now() - started) / 1000)} s`);
  }
} finally {
  await Promise.all([workshop.remove(), packages.remove()]);
}
prove(claims);

/** No registry, no room, no binary for this platform. */
function notShown(name: string, error: unknown): Claim[] {
  console.log(error);
  const figure = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return [{ claim: `${name} can be tried here`, server: '–', figure, seed: null, holds: false }];
}
