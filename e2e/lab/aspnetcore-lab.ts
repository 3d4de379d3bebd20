/// <reference types="node" />
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildAspNetCore } from '../aspnetcore/build.ts';
import { spawnAspNetCore } from '../aspnetcore/process.ts';
import type { AspNetCoreProcess } from '../aspnetcore/process.ts';
import { isForTheConnected } from './commands.ts';
import type { LabCommand, LabServer } from './commands.ts';
import type { Fact } from './facts.ts';
import type { Journal } from './journal.ts';
import type { LabOptions } from './lab.ts';

const logLength = 8_000;

const project = {
  folder: fileURLToPath(new URL('./aspnetcore/', import.meta.url)),
  name: 'Lab',
  linked: [fileURLToPath(new URL('../../examples/aspnetcore/TokenRefresh.cs', import.meta.url))],
};

/** The first line on standard input (aspnetcore/Program.cs). */
interface Start {
  port: number;
  key: string;
  clock: number;
  clockSkew: number;
  tokenRefresh: boolean;
  closeOnAuthenticationExpiration: boolean;
  allowAnonymous: boolean;
  requiredRole: string | null;
  state: object;
  commands: readonly LabCommand[];
}

type Process = AspNetCoreProcess<Start, LabCommand | { name: 'sync' | 'state' }>;

/** The hub of aspnetcore/LabHub.cs, in a process of its own. */
export async function startAspNetCoreLab(key: Uint8Array, options: LabOptions, journal: Journal): Promise<LabServer> {
  const program = await buildAspNetCore(project);
  const settings: Omit<Start, 'port' | 'state' | 'commands'> = {
    key: Buffer.from(key).toString('base64'),
    clock: options.clock ?? 0,
    tokenRefresh: options.tokenRefresh ?? false,
    clockSkew: options.clockSkew ?? 0,
    closeOnAuthenticationExpiration: options.closeOnAuthenticationExpiration ?? false,
    allowAnonymous: options.allowAnonymous ?? false,
    requiredRole: options.requiredRole ?? null,
  };
  let log = '';

  function boot(): Process {
    const keep = (text: string): void => {
      log = (log + text).slice(-logLength);
    };
    return spawnAspNetCore(program, (fact: Fact) => journal.record(fact), keep);
  }

  async function told<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new Error(`${(error as Error).message} Its log ends with:\n${log}`, { cause: error });
    }
  }

  let server = boot();
  let state: object = { joinDelay: options.joinDelay ?? 0, disconnectDelay: options.disconnectDelay ?? 0 };
  const port = await told(server.start({ ...settings, port: 0, state, commands: [] }));
  let down: Promise<void> | null = null;
  const meanwhile: LabCommand[] = [];

  async function restart(downFor: number): Promise<void> {
    state = (await told(server.ask({ name: 'state' }))) as object;
    const back = sleep(downFor);
    await server.kill();
    journal.serverDied();
    server = boot();
    await back;
    await told(server.start({ ...settings, port, state, commands: meanwhile.splice(0) }));
  }

  return {
    url: `http://127.0.0.1:${port}/hub`,
    async obey(command) {
      if (command.name === 'closeAll' && command.error !== undefined)
        throw new Error('ASP.NET Core closes a live connection without an error; use failConnections.');
      if (down === null) return told(server.ask(command));
      if (!isForTheConnected(command)) meanwhile.push(command);
      return undefined;
    },
    async sync() {
      // While it is down nothing new can be seen.
      if (down === null) await told(server.ask({ name: 'sync' }));
    },
    async restart(downFor) {
      if (down !== null) throw new Error('The lab is restarting already.');
      down = restart(downFor).finally(() => (down = null));
      await down;
    },
    log: () => log,
    async close() {
      await down;
      await server.kill();
    },
  };
}
