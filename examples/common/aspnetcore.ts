import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildDotnet, findDotnet, noDotnet, quietDotnet } from './dotnet.ts';
import { host, listen, unlisten } from './listener.ts';

export interface AspNetCoreOptions {
  /** The folder of the project. Its one `.csproj` names the program. */
  readonly project: URL;
  /** The project's file name, without `.csproj`. */
  readonly name: string;
  /** @default 0, a free one */
  readonly port?: number;
  /** Settings, as ASP.NET Core reads them: `Chat__Authority`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Hears what the server writes: one JSON object a line, with a `type`. `listening` is not handed on. */
  readonly onEvent?: (event: { readonly type: string }) => void;
}

/** An ASP.NET Core server in a process of its own. */
export interface AspNetCoreServer {
  /** Without a slash at the end; a restart keeps it. */
  readonly origin: string;
  /** Pulls the plug: the process is gone at once, without a word to anybody. */
  kill(): Promise<void>;
  /** Starts it again on the same port; resolves when it listens. */
  start(): Promise<void>;
  /** Kills it, and starts it again after `downFor` ms. */
  restart(options: { downFor: number }): Promise<void>;
  close(): Promise<void>;
}

/** What the linked sources of a project are looked for in, when it is asked whether its program is up to date. */
const linked = fileURLToPath(new URL('../aspnetcore/', import.meta.url));

const builds = new Map<string, Promise<string>>();

/**
 * Builds the project (the first time in a process, if its sources are newer) and runs it. The server must print
 * `{"type":"listening"}` when it listens, and end when its standard input does.
 */
export async function startAspNetCore(options: AspNetCoreOptions): Promise<AspNetCoreServer> {
  const folder = fileURLToPath(options.project);
  const program = join(folder, `bin/Release/net10.0/${options.name}.dll`);
  const build = builds.get(program) ?? buildOnce(folder, program);
  builds.set(program, build);
  const dotnet = await build;
  const origin = `http://${host}:${await claimPort(options.port ?? 0)}`;
  let child: ChildProcess | null = null;
  const closing = new AbortController();

  // A child that is left behind would hold the port. It also ends by itself when its standard input does, so a parent
  // that is killed takes it along too.
  const killNow = (): void => void child?.kill('SIGKILL');
  process.once('exit', killNow);

  const start = async (): Promise<void> => {
    if (child) return;
    const started = spawn(dotnet, [program, '--urls', origin], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...quietDotnet(), ...options.settings },
    });
    child = started;
    started.once('exit', () => {
      if (child === started) child = null;
    });

    let complaints = '';
    started.stderr.on('data', (text: Buffer) => (complaints = (complaints + text.toString()).slice(-4000)));
    await new Promise<void>((resolve, reject) => {
      started.once('error', reject);
      started.once('exit', (code) =>
        reject(new Error(`${basename(program)} ended with code ${code}.\n${complaints}`.trimEnd())),
      );
      createInterface(started.stdout).on('line', (line) => {
        if (!line.startsWith('{"type":')) return;
        const event = JSON.parse(line) as { type: string };
        if (event.type === 'listening') resolve();
        else options.onEvent?.(event);
      });
    });
  };

  const kill = async (): Promise<void> => {
    if (!child) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };

  const restart = async ({ downFor }: { downFor: number }): Promise<void> => {
    try {
      await kill();
      await delay(downFor, undefined, { signal: closing.signal });
      await start();
    } catch (error) {
      // Closed in the middle of it: nobody waits for the server any more.
      if (!closing.signal.aborted) throw error;
    }
  };

  const close = async (): Promise<void> => {
    closing.abort();
    await kill();
    process.off('exit', killNow);
  };

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { origin, kill, start, restart, close };
}

async function buildOnce(folder: string, program: string): Promise<string> {
  const dotnet = await findDotnet();
  if (!dotnet) throw new Error(noDotnet);
  await buildDotnet(dotnet, [folder, linked], program);
  return dotnet;
}

/** A free port, or this one if it is free: a taken port is better found here than in the trace of a .NET exception. */
async function claimPort(port: number): Promise<number> {
  const probe = createServer();
  const claimed = await listen(probe, port);
  await unlisten(probe);
  return claimed;
}
