import type { InProcess } from '@org/hub-testing';
import { onTestFinished, vi } from 'vitest';
import { createDeferred, type Served } from './hub.ts';

interface Account {
  user: string;
  /** Refresh tokens of one sign-in: one that comes a second time revokes them all. */
  family: string;
}

export interface TokenServer {
  /** Of the token end point (RFC 6749), which is that of OWIN, too. */
  readonly tokenUrl: string;
  /** Of ASP.NET Core’s identity API. */
  readonly baseUrl: string;
  /** What came, oldest first: `password`, `refresh_token`, `login`, `refresh`. */
  readonly requests: string[];
  /** Of the last request. */
  readonly last: { headers: Record<string, string>; body: string };
  /** Seconds that the next access tokens live. */
  lifetime: number;
  /** Whether answers carry refresh tokens, and whether each works only once. */
  refreshTokens: 'rotating' | 'lasting' | 'none';
  /** Answers everything with this, from now on; null: works again. */
  broken: (() => Response | Promise<Response>) | null;
  /** Answers come when this is settled. */
  hold: Promise<void>;
  /** Ends all sessions: no refresh token is good any more. */
  revoke(): void;
  /** For `createTestHub({ authenticate })`: the tokens are opaque, and expire on the clock of this server. */
  authenticate(request: { token: string | null }): { userId: string; expiresAt: number } | null;
  /** Fields that an answer carries besides. */
  extra: Record<string, unknown>;
}

const passwords: Record<string, string> = { ann: 'correct', bob: 'horse' };

/**
 * A server that gives tokens for passwords, at `http://tokens.test`, in place of the global `fetch`. It is as strict as
 * RFC 6749 wants it, and its identity API answers as was seen of ASP.NET Core 10.
 */
export function serveTokens(): TokenServer {
  const access = new Map<string, { user: string; expiresAt: number }>();
  const refresh = new Map<string, Account>();
  const used = new Map<string, string>();
  let count = 0;

  const server: TokenServer = {
    tokenUrl: 'http://tokens.test/Token',
    baseUrl: 'http://tokens.test/api',
    requests: [],
    last: { headers: {}, body: '' },
    lifetime: 300,
    refreshTokens: 'rotating',
    broken: null,
    hold: Promise.resolve(),
    extra: {},
    revoke: () => refresh.clear(),
    authenticate({ token }) {
      const known = access.get(token ?? '');
      return known && known.expiresAt > Date.now() ? { userId: known.user, expiresAt: known.expiresAt } : null;
    },
  };

  function grant({ user, family }: Account): { accessToken: string; refreshToken: string | undefined } {
    const accessToken = `access-${++count}-of-${user}`;
    access.set(accessToken, { user, expiresAt: Date.now() + server.lifetime * 1000 });
    if (server.refreshTokens === 'none') return { accessToken, refreshToken: undefined };
    const refreshToken = `refresh-${count}-of-${user}`;
    refresh.set(refreshToken, { user, family });
    return { accessToken, refreshToken };
  }

  /** Whose refresh token it is; rotating ones work once. */
  function spend(token: string): Account | undefined {
    const family = used.get(token);
    if (family) for (const [other, account] of refresh) if (account.family === family) refresh.delete(other);
    const account = refresh.get(token);
    if (account && server.refreshTokens === 'rotating') {
      refresh.delete(token);
      used.set(token, account.family);
    }
    return account;
  }

  function oauth(type: string, body: string): Response {
    const fail = (error: string, error_description: string): Response =>
      Response.json({ error, error_description }, { status: 400 });
    if (!type.startsWith('application/x-www-form-urlencoded')) return fail('invalid_request', 'Send a form.');
    const form = new URLSearchParams(body);
    const [kind, user] = [form.get('grant_type') ?? '', form.get('username') ?? ''];
    server.requests.push(kind);
    let account: Account | undefined;
    if (kind === 'password') {
      if (passwords[user] !== form.get('password'))
        return fail('invalid_grant', 'The user name or password is incorrect.');
      account = { user, family: `${count}` };
    } else if (kind === 'refresh_token') {
      account = spend(form.get('refresh_token') ?? '');
      if (!account) return fail('invalid_grant', 'The refresh token was used before, or has expired.');
    } else return fail('unsupported_grant_type', kind);
    const { accessToken, refreshToken } = grant(account);
    return Response.json({
      access_token: accessToken,
      token_type: 'bearer',
      expires_in: server.lifetime,
      ...(refreshToken && { refresh_token: refreshToken }),
      ...server.extra,
    });
  }

  function identity(path: string, type: string, body: string): Response {
    server.requests.push(path.slice(1));
    if (!type.startsWith('application/json')) return new Response(null, { status: 415 });
    const sent = JSON.parse(body) as Record<string, string>;
    const problem = (detail: string): Response =>
      Response.json(
        { type: 'https://tools.ietf.org/html/rfc9110#section-15.5.2', title: 'Unauthorized', status: 401, detail },
        { status: 401, headers: { 'Content-Type': 'application/problem+json' } },
      );
    let account: Account | undefined;
    if (path === '/login') {
      const user = sent['email'] ?? '';
      if (passwords[user] !== sent['password']) return problem('Failed');
      if (user === 'bob' && sent['twoFactorCode'] !== '123456') return problem('RequiresTwoFactor');
      account = { user, family: `${count}` };
    } else {
      account = spend(sent['refreshToken'] ?? '');
      if (!account) return new Response(null, { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } });
    }
    return Response.json({ tokenType: 'Bearer', ...grant(account), expiresIn: server.lifetime });
  }

  vi.stubGlobal('fetch', async (input: string, init: RequestInit) => {
    const request = new Request(input, init);
    const body = await request.text();
    Object.assign(server.last, { headers: Object.fromEntries(request.headers), body });
    const { pathname, host } = new URL(input);
    const type = server.last.headers['content-type'] ?? '';
    if (host !== 'tokens.test' || request.method !== 'POST') throw new TypeError('Failed to fetch');
    const answer = server.broken
      ? () => server.broken!()
      : pathname === '/Token'
        ? oauth(type, body)
        : /^\/api\/(login|refresh)$/.test(pathname)
          ? identity(pathname.slice(4), type, body)
          : new Response('Not found', { status: 404 });
    if (server.broken) server.requests.push('broken');
    await server.hold;
    return typeof answer === 'function' ? answer() : answer;
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return server;
}

/** The way into a hub that needs no port, so that nothing but promises lies in between. */
export function doorsOf(server: Served['server']): Pick<InProcess, 'url' | 'fetch' | 'WebSocket'> {
  const { url, fetch, WebSocket } = server.inProcess();
  return { url, fetch, WebSocket };
}

/** Keeps answers back until the test lets them go. */
export function holdBack(server: TokenServer): () => void {
  const { promise, resolve } = createDeferred();
  server.hold = promise;
  return resolve;
}

/** Storage of a page, for one test. */
export function stubStorage(name: 'sessionStorage' | 'localStorage'): Map<string, string> {
  vi.stubGlobal('document', {});
  return stubStorageOfProcess(name);
}

/** The same without a page, as Node has it from version 25 on. */
export function stubStorageOfProcess(name: 'sessionStorage' | 'localStorage'): Map<string, string> {
  const items = new Map<string, string>();
  vi.stubGlobal(name, {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return items;
}
