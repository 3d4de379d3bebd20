/// <reference types="node" />
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createTestTokens } from '@org/hub-testing';
import { buildAspNetCore } from '../../aspnetcore/build.ts';
import { spawnAspNetCore } from '../../aspnetcore/process.ts';
import { createFacts } from './server.ts';
import type { ConformanceServer, Fact } from './server.ts';

const project = {
  folder: fileURLToPath(new URL('../aspnetcore/', import.meta.url)),
  name: 'Conformance',
  linked: [fileURLToPath(new URL('../../../examples/aspnetcore/TokenRefresh.cs', import.meta.url))],
};

/** ../aspnetcore, in a process of its own. */
export async function startAspNetCore(): Promise<ConformanceServer> {
  const program = await buildAspNetCore(project);
  const secret = randomBytes(24).toString('base64url');
  const tokens = createTestTokens({ secret });
  const facts = createFacts();
  let log = '';
  const server = spawnAspNetCore<{ key: string }, { gate: string }, Fact>(program, facts.add, (text) => (log += text));
  const port = await server.start({ key: Buffer.from(secret).toString('base64') }).catch((error: Error) => {
    throw new Error(`${error.message} Its log:\n${log}`, { cause: error });
  });
  return {
    name: 'ASP.NET Core',
    url: (variant) => `http://127.0.0.1:${port}/${variant}`,
    token: (claims) => tokens.issue(claims),
    open: async (gate) => void (await server.ask({ gate })),
    fact: facts.find,
    close: () => server.kill(),
  };
}
