/// <reference types="node" />
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createDeferred } from '../lab/deferred.ts';

/** A server in a process of its own: a start-up and commands go in, facts come out. */
export interface AspNetCoreProcess<Start extends object, Command extends object> {
  /** Resolves with the port once it listens. */
  start(start: Start): Promise<number>;
  /** Resolves when it is done, and all facts before it have been handed over. */
  ask(command: Command): Promise<unknown>;
  /** Kills it hard; resolves when it is gone. */
  kill(): Promise<void>;
}

type Line<Fact> =
  Fact | { fact: 'listening'; port: number } | { fact: 'done'; id: number; result: unknown; error: string | null };

/**
 * One run of an ASP.NET Core server, held by its pipes: JSON lines. It ends itself when its input ends, so it cannot
 * outlive this process, however that dies. The runtime boots at once and waits for `start`.
 */
export function spawnAspNetCore<Start extends object, Command extends object, Fact extends { fact: string }>(
  program: string,
  onFact: (fact: Fact) => void,
  onLog: (text: string) => void,
): AspNetCoreProcess<Start, Command> {
  // Without diagnostics: a killed server would leave the three files of its pipes in the temporary folder.
  const environment: NodeJS.ProcessEnv = { ...process.env, DOTNET_NOLOGO: '1', DOTNET_EnableDiagnostics: '0' };
  // They would move the port, or load somebody's settings.
  for (const name of Object.keys(environment)) if (/^(ASPNETCORE|KESTREL)_/i.test(name)) delete environment[name];
  const child = spawn('dotnet', [program], { stdio: ['pipe', 'pipe', 'pipe'], env: environment });
  const open = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const listening = createDeferred<number>();
  const gone = createDeferred<void>();
  let end: Error | null = null;
  let lastId = 0;

  function finish(error: Error): void {
    if (end !== null) return;
    end = error;
    listening.reject(error);
    for (const command of open.values()) command.reject(error);
    open.clear();
    gone.resolve();
  }

  listening.promise.catch(() => {}); // whoever called start() hears of it; nobody may have
  child.stdin.on('error', () => {}); // a command on its way to a killed process; `close` tells
  child.stderr.setEncoding('utf8').on('data', onLog);
  child.on('error', finish);
  // Not `exit`: what it wrote last may still be in the pipe then.
  child.on('close', (code, signal) =>
    finish(new Error(`The ASP.NET Core server has ended (${signal ?? `code ${code}`}).`)),
  );
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line<{ fact: '' }>;
    if (line.fact === 'listening') listening.resolve(line.port);
    else if (line.fact === 'done') {
      const command = open.get(line.id);
      open.delete(line.id);
      if (line.error === null) command?.resolve(line.result);
      else command?.reject(new Error(line.error));
    } else onFact(line as unknown as Fact);
  });

  return {
    start(start) {
      child.stdin.write(`${JSON.stringify(start)}\n`);
      return listening.promise;
    },
    ask(command) {
      if (end !== null) return Promise.reject(end);
      return new Promise((resolve, reject) => {
        const id = ++lastId;
        open.set(id, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
      });
    },
    kill() {
      child.kill('SIGKILL');
      return gone.promise;
    },
  };
}
