/// <reference types="node" />
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { buildAspNetCore } from '../aspnetcore/build.ts';
import { spawnAspNetCore } from '../aspnetcore/process.ts';
import { createTokenIssuer } from '../lab/tokens.ts';
import type { TokenIssuer } from '../lab/tokens.ts';

/** A server that compiles the drop-in file in: aspnetcore/Program.cs. */
export interface TokenRefreshServer {
  /** Without a slash at the end. */
  url: string;
  issue: TokenIssuer['issue'];
  /** How many connections it could renew now. */
  renewableConnections(): Promise<number>;
  log(): string;
  stop(): Promise<void>;
}

const project = {
  folder: fileURLToPath(new URL('./aspnetcore/', import.meta.url)),
  name: 'TokenRefresh',
  linked: [fileURLToPath(new URL('../../examples/aspnetcore/TokenRefresh.cs', import.meta.url))],
};

/** Starts the server; `none` and `forgotten` are two ways to have no authentication. */
export async function startServer(authentication: 'jwt' | 'forgotten' = 'jwt'): Promise<TokenRefreshServer> {
  const server = await spawnServer();
  const port = await server.start(authentication);
  return {
    url: `http://127.0.0.1:${port}`,
    issue: server.issue,
    renewableConnections: server.renewableConnections,
    log: server.log,
    stop: server.kill,
  };
}

/** What a server says that refuses to start. */
export async function refusalToStart(authentication: 'none'): Promise<string> {
  const server = await spawnServer();
  onTestFinished(server.kill);
  return server.start(authentication).then(
    (port) => `It listens on ${port}.`,
    () => server.log(),
  );
}

async function spawnServer() {
  const program = await buildAspNetCore(project);
  const { key, issue } = createTokenIssuer();
  let log = '';
  const server = spawnAspNetCore<{ key: string; authentication: string }, object, { fact: string }>(
    program,
    () => {},
    (text) => (log += text),
  );
  return {
    issue,
    start: (authentication: string) => server.start({ key: Buffer.from(key).toString('base64'), authentication }),
    renewableConnections: async () => (await server.ask({})) as number,
    log: () => log,
    kill: () => server.kill(),
  };
}
