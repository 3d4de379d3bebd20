/// <reference types="node" />
import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PackedPackages } from '../../e2e/packed/new-app.js';
import type { Claim } from '../claim.ts';
import type { Workshop } from './install.ts';
import { nodes } from './ranges.ts';
import { runSuite } from './suite.ts';

const run = promisify(execFile);

/** The tests that need no browser, and what npm would publish, on this Node and on those of npm’s package `node`. */
export async function onEachNode(workshop: Workshop, packages: PackedPackages): Promise<Claim[]> {
  const app = await workshop.install('plain-node', {
    dependencies: {
      '@org/hub-core': `file:${packages.tarball('core')}`,
      '@org/hub-testing': `file:${packages.tarball('testing')}`,
    },
    overrides: { '@org/hub-core': `file:${packages.tarball('core')}` },
  });
  await copyFile(join(import.meta.dirname, 'plain-node.mjs'), join(app, 'main.mjs'));
  const claims: Claim[] = [];
  for (const version of [null, ...nodes]) {
    const node = version ? await installed(workshop, version) : process.execPath;
    const { stdout } = await run(node, ['--version']);
    const server = `Node ${stdout.trim().slice(1)}`;
    const tests = await runSuite({ projects: ['unit', 'bindings'], node });
    claims.push({ claim: 'The unit tests and those of the bindings hold', server, seed: null, ...tests });
    claims.push({
      claim: 'What npm would publish connects a user, who is dropped and comes back',
      server,
      seed: null,
      ...(await connects(node, app)),
    });
  }
  return claims;
}

/** Its package brings the binary of this platform. */
async function installed(workshop: Workshop, version: string): Promise<string> {
  const folder = await workshop.install(`node-${version}`, { dependencies: { node: version } });
  return join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

async function connects(node: string, app: string): Promise<Pick<Claim, 'figure' | 'holds'>> {
  try {
    const { stdout } = await run(node, ['main.mjs'], { cwd: app, timeout: 30_000 });
    return { figure: stdout.trim(), holds: true };
  } catch (error) {
    console.log(`  failed: ${String(error)}`);
    return { figure: 'no connection', holds: false };
  }
}
