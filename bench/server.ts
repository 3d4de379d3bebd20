/// <reference types="node" />
import { fileURLToPath } from 'node:url';
import { buildAspNetCore } from '../e2e/aspnetcore/build.ts';
import { spawnAspNetCore } from '../e2e/aspnetcore/process.ts';
import { createIssuer } from './tokens.ts';

export interface BenchServer {
  /** A hub as ASP.NET Core has it, with `CloseOnAuthenticationExpiration`. */
  readonly plain: string;
  /** The same hub with `TokenRefresh.cs`. */
  readonly renewable: string;
  /** A new token; its expiry is a whole second, so it may live up to a second less. @param expiresIn seconds */
  issue(expiresIn: number): Promise<string>;
  /** How many are open now. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

const project = {
  folder: fileURLToPath(new URL('./aspnetcore/', import.meta.url)),
  name: 'Bench',
  linked: [fileURLToPath(new URL('../examples/aspnetcore/TokenRefresh.cs', import.meta.url))],
};

/** ASP.NET Core in a process of its own, which sends the numbers 1, 2, … as `Number`, `rate` a second. */
export async function startServer(options: { rate: number; toGroup?: boolean }): Promise<BenchServer> {
  const program = await buildAspNetCore(project);
  const { secret, issue } = createIssuer();
  const server = spawnAspNetCore<object, object, { fact: string }>(
    program,
    () => {},
    (text) => process.stderr.write(text),
  );
  const port = await server.start({
    key: Buffer.from(secret).toString('base64'),
    rate: options.rate,
    toGroup: options.toGroup ?? false,
  });
  return {
    plain: `http://127.0.0.1:${port}/plain`,
    renewable: `http://127.0.0.1:${port}/renewable`,
    issue,
    connections: async () => (await server.ask({})) as number,
    stop: () => server.kill(),
  };
}
