/// <reference types="node" />
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What an app of its own would say in its package.json. */
export interface Manifest {
  dependencies: Record<string, string>;
  /** In place of what others ask for. */
  overrides?: Record<string, string>;
}

export interface Workshop {
  /** A folder with these packages in its `node_modules`. */
  install(name: string, manifest: Manifest): Promise<string>;
  remove(): Promise<void>;
}

/** A temporary folder of apps that know nothing of this repository. */
export async function openWorkshop(): Promise<Workshop> {
  const root = await mkdtemp(join(tmpdir(), 'versions-'));
  return {
    async install(name, manifest) {
      const folder = join(root, name);
      await mkdir(folder);
      await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', ...manifest }));
      await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder, env: newShell() });
      return folder;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Without what `npm run` of this repository tells its children: its workspaces are not the app’s. */
function newShell(): NodeJS.ProcessEnv {
  const own = /^npm_(package|lifecycle|command|config_(local_prefix|workspace))|^INIT_CWD$|^NODE_ENV$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
