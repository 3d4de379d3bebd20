import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hubPath, type ChatServer, type ChatServerEvent, type ChatServerOptions } from './chat-server.ts';
import { buildDotnet, findDotnet, noDotnet, quietDotnet } from './dotnet.ts';
import { createEventLog } from './event-log.ts';
import { host, listen, unlisten } from './listener.ts';

export interface AspNetCoreChatServer extends ChatServer {
  /** Pulls the plug: the process is gone at once, without a word to anybody. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same messages; resolves when it listens. */
  start(): Promise<void>;
}

const folder = fileURLToPath(new URL('../server-aspnetcore/', import.meta.url));
const program = join(folder, 'bin/Release/net10.0/chat-server.dll');
let build: Promise<string> | null = null;

/** The chat on ASP.NET Core, in a process of its own. The first one in a process builds it. */
export async function startAspNetCoreHub(options: ChatServerOptions): Promise<AspNetCoreChatServer> {
  const dotnet = await (build ??= buildOnce());
  const events = createEventLog<ChatServerEvent>();
  const port = await claimPort(options.port ?? 0);
  const data = await mkdtemp(join(tmpdir(), 'chat-server-'));
  const url = `http://${host}:${port}`;
  let child: ChildProcess | null = null;
  const closing = new AbortController();

  // A child that is left behind would hold the port. It also ends by itself when its standard input does, so a parent
  // that is killed takes it along too.
  const killNow = (): void => void child?.kill('SIGKILL');
  process.once('exit', killNow);

  const start = async (): Promise<void> => {
    if (child) return;
    const started = spawn(dotnet, [program, '--urls', url], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...quietDotnet(),
        Chat__Authority: options.authority,
        Chat__Origins: options.origins.join(','),
        Chat__DisconnectDelay: String(options.disconnectDelay ?? 0),
        Chat__HistoryFile: join(data, 'messages.jsonl'),
        Chat__EventLog: 'true',
        Chat__ExitWithParent: 'true',
      },
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
        reject(new Error(`The ASP.NET Core server ended with code ${code}.\n${complaints}`.trimEnd())),
      );
      createInterface(started.stdout).on('line', (line) => {
        const event = readEvent(line);
        if (event === null) return;
        if (event.type === 'listening') resolve();
        else events.add(event);
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
    await rm(data, { recursive: true, force: true });
  };

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: 'aspnetcore',
    url: url + hubPath,
    events,
    kill,
    start,
    restart,
    close,
  };
}

async function buildOnce(): Promise<string> {
  const dotnet = await findDotnet();
  if (!dotnet) throw new Error(noDotnet);
  await buildDotnet(dotnet, folder, program);
  return dotnet;
}

/** A free port, or this one if it is free: a taken port is better found here than in the trace of a .NET exception. */
async function claimPort(port: number): Promise<number> {
  const probe = createServer();
  const claimed = await listen(probe, port);
  await unlisten(probe);
  return claimed;
}

function readEvent(line: string): ChatServerEvent | { type: 'listening' } | null {
  if (!line.startsWith('{"type":')) return null;
  return JSON.parse(line) as ChatServerEvent | { type: 'listening' };
}
