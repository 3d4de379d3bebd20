/// <reference types="node" />
import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PackedPackages } from '../../e2e/packed/new-app.js';
import type { Claim } from '../claim.ts';
import type { Workshop } from './install.ts';
import { compilers, proven } from './ranges.ts';

const run = promisify(execFile);
const resolutions = { bundler: 'esnext', node16: 'node16', nodenext: 'nodenext' };

/** What npm would publish, beside the oldest versions of what it asks for, in the eyes of old and new compilers. */
export async function asTypes(workshop: Workshop, packages: PackedPackages): Promise<Claim[]> {
  const ours = Object.fromEntries(
    (['core', 'react', 'vue', 'testing'] as const).map((name) => [
      `@org/hub-${name}`,
      `file:${packages.tarball(name)}`,
    ]),
  );
  const others = Object.fromEntries(Object.entries(proven).map(([name, { oldest }]) => [name, oldest[0]]));
  const app = await workshop.install('types', {
    dependencies: { ...ours, ...others, '@types/react': '^18.0.0' },
    overrides: { '@org/hub-core': ours['@org/hub-core'] as string },
  });
  await copyFile(join(import.meta.dirname, 'consumer.ts'), join(app, 'consumer.ts'));
  const claims: Claim[] = [];
  for (const wanted of compilers) {
    const compiler = join(
      await workshop.install(`typescript-${wanted}`, { dependencies: { typescript: wanted } }),
      'node_modules/typescript/bin/tsc',
    );
    const { stdout } = await run(process.execPath, [compiler, '--version']);
    const wrong = (
      await Promise.all(Object.entries(resolutions).map((each) => complaints(compiler, app, ...each)))
    ).flat();
    for (const line of wrong) console.log(`  ${line}`);
    claims.push({
      claim: 'The published types compile, without skipLibCheck, under every moduleResolution',
      server: `TypeScript ${stdout.trim().replace('Version ', '')}`,
      figure: `${Object.keys(resolutions).join(', ')}: ${wrong.length} errors`,
      seed: null,
      holds: wrong.length === 0,
    });
  }
  return claims;
}

/** What is wrong with our files; those of others may not be for every compiler. */
async function complaints(compiler: string, app: string, moduleResolution: string, module: string): Promise<string[]> {
  const options = { moduleResolution, module, target: 'es2022', lib: 'es2022,dom,dom.iterable' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noEmit', '--skipLibCheck', 'false'];
  try {
    await run(process.execPath, [compiler, ...args, ...strict, 'consumer.ts'], { cwd: app });
    return [];
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string };
    // A compiler that did not come to look at anything says so in lines without a file.
    return stdout.split('\n').filter((line) => /^(consumer\.ts|node_modules\/@org\/|error )/.test(line));
  }
}
