/// <reference types="node" />
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An ASP.NET Core server of the tests: a folder with one project. */
export interface AspNetCoreProject {
  /** The folder's path. */
  folder: string;
  /** The name of the project file, without `.csproj`. */
  name: string;
  /** Sources that the project links in from elsewhere. @default none */
  linked?: readonly string[];
}

/** Builds the project if its sources have changed; one process builds, the others wait. Returns the program's path. */
export async function buildAspNetCore(project: AspNetCoreProject): Promise<string> {
  const { folder, name } = project;
  const program = join(folder, `bin/Release/net10.0/${name}.dll`);
  const stamp = join(folder, `bin/${name}.stamp`);
  const sources = fingerprint(project);
  const isBuilt = (): boolean => existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
  if (isBuilt()) return program;
  const release = await takeLock(folder, name);
  try {
    if (!isBuilt()) {
      await build(folder, name);
      writeFileSync(stamp, sources);
    }
  } finally {
    release();
  }
  return program;
}

function fingerprint({ folder, linked = [] }: AspNetCoreProject): string {
  const hash = createHash('sha256');
  const own = readdirSync(folder)
    .filter((name) => /\.(cs|csproj)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
  for (const file of [...own, ...linked]) hash.update(basename(file)).update(readFileSync(file));
  return hash.digest('hex');
}

function build(folder: string, name: string): Promise<void> {
  // A build server would outlive the tests.
  const options = ['build', '-c', 'Release', '--nologo', '-v', 'q', '--disable-build-servers'];
  return new Promise((resolve, reject) => {
    execFile('dotnet', options, { cwd: folder, timeout: 300_000 }, (error, stdout) => {
      if (error === null) resolve();
      else if ('code' in error && error.code === 'ENOENT')
        reject(new Error(`${name} needs the .NET 10 SDK: no \`dotnet\` was found.`, { cause: error }));
      else reject(new Error(`${name} does not build:\n${stdout}`, { cause: error }));
    });
  });
}

/** A file that only one process can create. It holds the process id, so that a dead owner's lock is taken over. */
async function takeLock(folder: string, name: string): Promise<() => void> {
  const lock = join(folder, `obj/${name}.lock`);
  mkdirSync(join(folder, 'obj'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!isAlive(ownerOf(lock))) rmSync(lock, { force: true });
      else await sleep(100);
    }
  }
}

/** NaN while the owner has created the file and not yet written to it, or when it is gone. */
function ownerOf(lock: string): number {
  try {
    return Number.parseInt(readFileSync(lock, 'utf8'), 10);
  } catch {
    return Number.NaN;
  }
}

function isAlive(pid: number): boolean {
  if (Number.isNaN(pid)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
