/// <reference types="node" />
import { fileURLToPath } from 'node:url';
import type { HubClient } from '@org/hub-core';
import { onTestFinished } from 'vitest';
import { buildAspNetCore } from '../aspnetcore/build.ts';
import { spawnAspNetCore } from '../aspnetcore/process.ts';

export interface Seed {
  /** The e-mail address. */
  name: string;
  password: string;
  /** Base 32; with it two factors are asked for. */
  authenticatorKey?: string;
  recoveryCodes?: string[];
}

/** A call of this server’s hub, which has other methods than the lab’s. */
export function call(hub: object, method: 'WhoAmI' | 'Leave'): Promise<unknown> {
  return (hub as HubClient).invoke(method);
}

/** A request as the server saw it, before the client can have read the answer. */
export interface Request {
  path: string;
  status: number;
  upgrade: boolean;
  /** `X-CSRF`, as it came. */
  csrf: string | null;
  /** Whether it came with cookies. */
  cookie: boolean;
}

/** ASP.NET Core with `MapIdentityApi`, cookies, and two hubs behind it: aspnetcore/Program.cs. */
export interface IdentityServer {
  /** Without a slash at the end. */
  url: string;
  /** So far, oldest first: `POST /login 401`. */
  requests(): Promise<Request[]>;
  /** The next requests to a path get this status. */
  refuse(path: string, status: number, times?: number): Promise<void>;
}

type Fact = { fact: 'request'; method: string } & Request;
type Command = { name: 'sync' } | { name: 'refuse'; path: string; status: number; times: number };

const project = { folder: fileURLToPath(new URL('./aspnetcore/', import.meta.url)), name: 'Identity' };

export const ann: Seed = { name: 'ann@example.com', password: 'correct-horse' };

/** Starts the server for one test. @param expiresIn seconds that access tokens live */
export async function startServer({ expiresIn = 300, users = [ann] }: { expiresIn?: number; users?: Seed[] } = {}) {
  const program = await buildAspNetCore(project);
  const requests: Request[] = [];
  let log = '';
  const process = spawnAspNetCore<{ expiresIn: number; users: Seed[] }, Command, Fact>(
    program,
    ({ path, status, upgrade, csrf, cookie }) => requests.push({ path, status, upgrade, csrf, cookie }),
    (text) => (log += text),
  );
  onTestFinished(() => process.kill());
  const port = await process.start({ expiresIn, users }).catch((error: Error) => {
    throw new Error(`${error.message} Its log ends with:\n${log.slice(-4_000)}`, { cause: error });
  });
  const server: IdentityServer = {
    url: `http://127.0.0.1:${port}`,
    async requests() {
      await process.ask({ name: 'sync' });
      return [...requests];
    },
    async refuse(path, status, times = 1) {
      await process.ask({ name: 'refuse', path, status, times });
    },
  };
  return server;
}
