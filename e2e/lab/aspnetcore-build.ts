/// <reference types="node" />
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('./aspnetcore/', import.meta.url));
const program = join(project, 'bin/Release/net10.0/Lab.dll');
const stamp = join(project, 'bin/lab.stamp');
const lock = join(project, 'obj/lab.lock');

/** Builds the ASP.NET Core lab if its sources have changed; one process builds, the others wait. Returns the program's path. */
export async function buildAspNetCoreLab(): Promise<string> {
  const sources = fingerprint();
  if (isBuilt(sources)) return program;
  const release = await takeLock();
  try {
    if (!isBuilt(sources)) {
      await build();
      writeFileSync(stamp, sources);
    }
  } finally {
    release();
  }
  return program;
}

function isBuilt(sources: string): boolean {
  return existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(project).sort()) {
    if (/\.(cs|csproj)$/.test(name)) hash.update(name).update(readFileSync(join(project, name)));
  }
  return hash.digest('hex');
}

function build(): Promise<void> {
  // A build server would outlive the tests.
  const options = ['build', '-c', 'Release', '--nologo', '-v', 'q', '--disable-build-servers'];
  return new Promise((resolve, reject) => {
    execFile('dotnet', options, { cwd: project, timeout: 300_000 }, (error, stdout) => {
      if (error === null) resolve();
      else if ('code' in error && error.code === 'ENOENT')
        reject(new Error('The ASP.NET Core lab needs the .NET 10 SDK: no `dotnet` was found.', { cause: error }));
      else reject(new Error(`The ASP.NET Core lab does not build:\n${stdout}`, { cause: error }));
    });
  });
}

/** A file that only one process can create. It holds the process id, so that a dead owner's lock is taken over. */
async function takeLock(): Promise<() => void> {
  mkdirSync(join(project, 'obj'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!isAlive(ownerOfLock())) rmSync(lock, { force: true });
      else await sleep(100);
    }
  }
}

/** NaN while the owner has created the file and not yet written to it, or when it is gone. */
function ownerOfLock(): number {
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
