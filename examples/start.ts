import { parseArgs } from 'node:util';
import type { Chat } from './server/chat.ts';
import type { ChatServerName } from './server/chat-server.ts';
import { findDotnet, noDotnet } from './server/dotnet.ts';
import { PortTakenError } from './server/listener.ts';
import { demoUsers } from './server/users.ts';

/** A mistake of whoever typed the command: one sentence, no trace. */
class UsageError extends Error {}

const usage = 'npm start -- [--server=embedded|aspnetcore]';

function readServer(): ChatServerName {
  let server: string | undefined;
  try {
    ({ server } = parseArgs({ options: { server: { type: 'string' } } }).values);
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('.')[0]}. Use: ${usage}`);
  }
  switch (server) {
    case undefined:
    case 'embedded':
      return 'embedded';
    case 'aspnetcore':
      return 'aspnetcore';
    default:
      throw new UsageError(`There is no server '${server}'. Use: ${usage}`);
  }
}

/** Undefined: free ports. Three in a row are needed. */
function readPort(): number | undefined {
  const text = process.env['PORT'];
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_533) {
    throw new UsageError(
      `PORT is '${text}', but must be a whole number from 1 to 65533: the chat takes it and the two after it.`,
    );
  }
  return port;
}

function announce({ pagesUrl, provider, hub }: Chat): void {
  const people = demoUsers.map(
    ({ id, password, roles }) => `${id} / ${password}${roles.length ? ` (${roles.join(', ')})` : ''}`,
  );
  console.log(`
The chat runs. Open one of its pages, in two browsers or a private window for two people:

  Script tag  ${pagesUrl}/script-tag/
  React       ${pagesUrl}/react/
  Vue         ${pagesUrl}/vue/

  Log in as   ${people.join(' or ')}
  Hub         ${hub.url} (${hub.name === 'embedded' ? 'Node' : 'ASP.NET Core'})
  Provider    ${provider.issuer}

Ctrl-C ends everything.`);
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
  const server = readServer();
  const port = readPort();
  if (server === 'aspnetcore') {
    if ((await findDotnet()) === null) throw new UsageError(noDotnet);
    console.log('Building the ASP.NET Core server …');
  }

  // Loaded this late because oidc-provider has a word to say on older Node versions, and a mistyped command is no place for it.
  const { startChat } = await import('./server/chat.ts');
  const chat = await startChat({ server, ...(port === undefined ? {} : { port }) });
  announce(chat);
  await stop;
  await chat.close();
}

try {
  await main();
} catch (error) {
  if (error instanceof UsageError || error instanceof PortTakenError) console.error(error.message);
  else console.error(error);
  process.exitCode = 1;
}
