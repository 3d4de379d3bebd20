import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { logIn } from '../../common/headless-login.ts';
import { listen, unlisten } from '../../common/listener.ts';
import { connectRaw } from './raw-hub-client.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx/cli');
const server = process.env['TEST_SERVER'] === 'aspnetcore' ? 'aspnetcore' : 'embedded';

interface Run {
  /** Resolves with everything printed so far, once it contains this. */
  printed(text: string): Promise<string>;
  /** What was printed on standard error, and the exit code. */
  readonly ended: Promise<{ code: number | null; errors: string }>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

function start(args: string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [tsx, '--tsconfig', 'tsconfig.json', 'examples/start.ts', ...args], {
    cwd: root,
    env: { ...process.env, PORT: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const ended = new Promise<{ code: number | null; errors: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, errors }));
  });
  const printed = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(text)) resolve(output);
      };
      child.stdout.on('data', look);
      void ended.then(() => reject(new Error(`It ended without "${text}".\n${output}${errors}`)));
      look();
    });
  return { printed, ended, kill: (signal) => void child.kill(signal) };
}

it('starts everything, and ends it on Ctrl-C although somebody is connected', async () => {
  const run = start([`--server=${server}`]);
  const output = await run.printed('Ctrl-C ends everything.');
  const pagesUrl = /(http\S+)\/react\//.exec(output)?.[1] ?? '';
  expect(output).toContain('alice / wonderland (staff) or bob / builder');

  const config = (await (await fetch(`${pagesUrl}/config.json`)).json()) as { authority: string; hubUrl: string };
  const { tokens } = await logIn(config.authority, `${pagesUrl}/react/`, 'alice', 'wonderland');
  const client = await connectRaw(config.hubUrl, tokens.accessToken);
  await client.call('JoinRoom', 'staff');

  run.kill('SIGINT');

  expect((await run.ended).code).toBe(0);
  expect((await client.closed)?.message).toContain('1006');
  await expect(fetch(config.hubUrl)).rejects.toThrow('fetch failed');
  await expect(fetch(config.authority)).rejects.toThrow('fetch failed');
});

it('ends at once while the hub is being restarted', async () => {
  const run = start([`--server=${server}`]);
  const pagesUrl = /(http\S+)\/react\//.exec(await run.printed('Ctrl-C ends everything.'))?.[1] ?? '';
  expect((await fetch(`${pagesUrl}/demo/restart-hub`, { method: 'POST' })).status).toBe(202);
  const askedAt = Date.now();

  run.kill('SIGTERM');

  expect(await run.ended).toMatchObject({ code: 0, errors: expect.not.stringContaining('Error') });
  expect(Date.now() - askedAt).toBeLessThan(2500);
});

it.each([
  [['--server=php'], {}, "There is no server 'php'."],
  [['--example=game'], {}, "There is no example 'game'."],
  [['--sever=embedded'], {}, "Unknown option '--sever'."],
  [['embedded'], {}, "Unexpected argument 'embedded'."],
  [[], { PORT: '80x' }, "PORT is '80x', but must be a whole number"],
] as const)('says what is wrong with %j %j in one line', async (args, env, sentence) => {
  const { code, errors } = await start([...args], env).ended;

  expect(errors).toContain(sentence);
  expect(errors.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
});

it('names the port that is taken', async () => {
  const other = createServer();
  const taken = await listen(other, 0);
  onTestFinished(() => unlisten(other));

  const { code, errors } = await start([], { PORT: String(taken) }).ended;

  expect(errors).toContain(`Port ${taken} is taken:`);
  expect(code).toBe(1);
});
