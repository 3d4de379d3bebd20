/// <reference types="node" />
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** What `npm publish` would send, as files. */
export interface PackedPackages {
  /** The path of the tarball. */
  tarball(name: 'core' | 'react' | 'vue' | 'testing'): string;
  /** An empty folder of the same temporary directory. */
  folder(name: string): Promise<string>;
  remove(): Promise<void>;
}

export async function packPackages(): Promise<PackedPackages> {
  const folder = await mkdtemp(join(tmpdir(), 'packed-'));
  const packages = ['core', 'react', 'vue', 'testing'].map((name) => `--workspace=packages/${name}`);
  const { stdout } = await npm(root, 'pack', '--json', `--pack-destination=${folder}`, ...packages);
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  return {
    tarball(name) {
      const found = packed.find((one) => one.name === `@org/hub-${name}`);
      if (!found) throw new Error(`npm pack made no tarball of ${name}: ${stdout}`);
      return join(folder, found.filename);
    },
    async folder(name) {
      await mkdir(join(folder, name));
      return join(folder, name);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * A new Vite app with our binding and nothing else of ours, outside of this repository: installed, type-checked, built.
 * Returns the folder of the built page.
 */
export async function buildNewApp(packages: PackedPackages, kind: 'react' | 'vue'): Promise<string> {
  const app = await packages.folder(kind);
  await cp(join(import.meta.dirname, kind), app, { recursive: true });
  await cp(join(import.meta.dirname, 'contract.ts'), join(app, 'src/contract.ts'));
  await writeFile(join(app, 'package.json'), JSON.stringify(await manifest(packages, kind), null, 2));
  // Linked, as pnpm does it: an app sees what it depends on itself, so a dependency that we forgot to declare is missing.
  await npm(app, 'install', '--install-strategy=linked', '--prefer-offline', '--no-audit', '--no-fund');
  await npm(app, 'exec', '--', kind === 'vue' ? 'vue-tsc' : 'tsc');
  await npm(app, 'exec', '--', 'vite', 'build', '--logLevel=warn');
  return join(app, 'dist');
}

async function manifest(packages: PackedPackages, kind: 'react' | 'vue'): Promise<object> {
  const ours = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const versions = (...names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, ours.devDependencies[name] ?? '*']));
  const [needed, tools] =
    kind === 'react'
      ? [versions('react', 'react-dom'), versions('@vitejs/plugin-react', '@types/react', '@types/react-dom')]
      : [versions('vue'), versions('@vitejs/plugin-vue', 'vue-tsc')];
  return {
    name: `new-${kind}-app`,
    private: true,
    type: 'module',
    dependencies: { [`@org/hub-${kind}`]: `file:${packages.tarball(kind)}`, ...needed },
    devDependencies: { ...versions('typescript', 'vite'), ...tools },
    // The registry’s place: the core that the binding depends on is the one that was packed with it.
    overrides: { '@org/hub-core': `file:${packages.tarball('core')}` },
  };
}

/** A plain page, and the one file of the core’s tarball that it needs. Returns its folder. */
export async function copyPlainPage(packages: PackedPackages): Promise<string> {
  const page = await packages.folder('page');
  await cp(join(import.meta.dirname, 'page'), page, { recursive: true });
  await run('tar', [
    '-xzf',
    packages.tarball('core'),
    '-C',
    page,
    '--strip-components=2',
    'package/dist/hub.global.min.js',
  ]);
  return page;
}

/** The npm that runs these tests, else the one on the path. */
async function npm(cwd: string, ...args: string[]): Promise<{ stdout: string }> {
  const cli = process.env['npm_execpath'];
  const options = { cwd, maxBuffer: 10_000_000, env: newShell() };
  try {
    return await (cli ? run(process.execPath, [cli, ...args], options) : run('npm', args, options));
  } catch (error) {
    // A compiler complains on its standard output.
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`npm ${args.join(' ')} failed.\n${stdout}${stderr}`, { cause: error });
  }
}

/** Without what `npm test` of this repository tells its children: its workspace and its settings are not the app’s. */
function newShell(): NodeJS.ProcessEnv {
  const own = /^npm_(package|lifecycle|command|config_(local_prefix|workspace))|^INIT_CWD$|^NODE_ENV$|^VITEST/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
