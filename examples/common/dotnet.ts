import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The oldest .NET that the servers build with. */
const dotnetVersion = 10;

export const noDotnet = `The ASP.NET Core server needs the .NET ${dotnetVersion} SDK: install it from https://dotnet.microsoft.com/download, or set DOTNET_ROOT to where it is.`;

/** The `dotnet` of an SDK that is new enough; null where there is none. */
export async function findDotnet(): Promise<string | null> {
  const executable = process.platform === 'win32' ? 'dotnet.exe' : 'dotnet';
  const root = process.env['DOTNET_ROOT'];
  const installed = [root, join(homedir(), '.dotnet')]
    .flatMap((folder) => (folder ? [join(folder, executable)] : []))
    .filter((path) => existsSync(path));

  for (const dotnet of [...installed, executable]) {
    try {
      const { stdout } = await run(dotnet, ['--list-sdks'], { env: quietDotnet() });
      if (stdout.split('\n').some((line) => Number.parseInt(line, 10) >= dotnetVersion)) return dotnet;
    } catch {
      // Not there, or not able to run: the next one may be.
    }
  }
  return null;
}

/**
 * Builds the project in the first folder, unless its program is newer than all sources, those that it links from the other
 * folders included; what the compiler says is shown when it fails only.
 */
export async function buildDotnet(dotnet: string, folders: [string, ...string[]], program: string): Promise<void> {
  if (await isNewest(program, folders)) return;
  // Without these two, servers of the compiler stay behind for minutes.
  const leaveNothingBehind = ['-nodeReuse:false', '-p:UseSharedCompilation=false'];
  try {
    await run(dotnet, ['build', '-c', 'Release', '--nologo', '-v', 'quiet', ...leaveNothingBehind], {
      cwd: folders[0],
      env: quietDotnet(),
      maxBuffer: 10_000_000,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`The ASP.NET Core server does not build.\n${stdout}${stderr}`.trimEnd(), { cause: error });
  }
}

/** Even a build with nothing to do takes seconds, and every test file starts a server. */
async function isNewest(program: string, folders: string[]): Promise<boolean> {
  if (!existsSync(program)) return false;
  const built = (await stat(program)).mtimeMs;
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (/\.(cs|csproj)$/.test(name) && (await stat(join(folder, name))).mtimeMs > built) return false;
    }
  }
  return true;
}

export function quietDotnet(): NodeJS.ProcessEnv {
  return { ...process.env, DOTNET_NOLOGO: '1', DOTNET_CLI_TELEMETRY_OPTOUT: '1' };
}
