import { parseArgs } from 'node:util';
import { findDotnet, noDotnet } from './common/dotnet.ts';
import { PortTakenError } from './common/listener.ts';
import type { Example, ExampleServer, RunningExample } from './example.ts';
import { examples } from './examples.ts';

/** A mistake of whoever typed the command: one sentence, no trace. */
class UsageError extends Error {}

const usage = `npm start -- [--example=${Object.keys(examples).join('|')}] [--server=embedded|aspnetcore]`;

interface Command {
  readonly example: Example;
  readonly server: ExampleServer;
}

function readCommand(): Command {
  let values: { example?: string; server?: string };
  try {
    ({ values } = parseArgs({ options: { example: { type: 'string' }, server: { type: 'string' } } }));
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('.')[0]}. Use: ${usage}`);
  }
  const { example: name = 'chat', server } = values;
  const example = Object.hasOwn(examples, name) ? examples[name] : undefined;
  if (!example) throw new UsageError(`There is no example '${name}'. Use: ${usage}`);
  if (server === undefined) return { example, server: example.servers[0] };
  const known = example.servers.find((candidate) => candidate === server);
  if (known) return { example, server: known };
  throw new UsageError(
    server === 'embedded' || server === 'aspnetcore'
      ? `The example '${name}' runs with --server=${example.servers.join(' or ')} only.`
      : `There is no server '${server}'. Use: ${usage}`,
  );
}

/** Undefined: free ports. */
function readPort({ ports }: Example): number | undefined {
  const text = process.env['PORT'];
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  const most = 65_536 - ports;
  if (!Number.isInteger(port) || port < 1 || port > most) {
    throw new UsageError(
      `PORT is '${text}', but must be a whole number from 1 to ${most}: ${ports} ports in a row are needed.`,
    );
  }
  return port;
}

function announce({ title }: Example, { announcement }: RunningExample): void {
  const width = Math.max(...announcement.map(([label]) => label.length)) + 2;
  const lines = announcement.map(([label, text]) => `  ${label.padEnd(width)}${text}`);
  console.log(`\n${title}:\n\n${lines.join('\n')}\n\nCtrl-C ends everything.`);
}

/** Resolves on the first Ctrl-C or SIGTERM. A second one, while closing, ends the process as usual. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}

async function main(): Promise<void> {
  const stop = askedToStop();
  const { example, server } = readCommand();
  const port = readPort(example);
  if (server === 'aspnetcore') {
    if ((await findDotnet()) === null) throw new UsageError(noDotnet);
    console.log('Building the ASP.NET Core server …');
  }
  const running = await example.start({ server, ...(port === undefined ? {} : { port }) });
  announce(example, running);
  await stop;
  await running.close();
}

try {
  await main();
} catch (error) {
  if (error instanceof UsageError || error instanceof PortTakenError) console.error(error.message);
  else console.error(error);
  process.exitCode = 1;
}
