import { cookieSession } from '@org/hub-core';
import type { TokenSource } from '@org/hub-core';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, until } from '../scenarios/client.ts';
import { ann, call, type IdentityServer, startServer } from './server.ts';

const csrf = { 'X-CSRF': '1' };

/** What a browser does by itself: the cookie of the sign-in goes with each request, the Origin with the upgrade. */
interface Browser {
  cookie: string;
  origin: string;
}

async function signIn({ url }: IdentityServer): Promise<Browser> {
  const answer = await fetch(`${url}/login?useCookies=true`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: ann.name, password: ann.password }),
  });
  const cookie = answer.headers.getSetCookie().map((given) => given.split(';')[0]);
  return { cookie: cookie.join('; '), origin: 'https://app.example' };
}

function connect(server: IdentityServer, browser: Browser, auth: TokenSource, transport?: 'WebSockets') {
  class BrowserSocket extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols, { headers: { Cookie: browser.cookie }, origin: browser.origin });
    }
  }
  return createClient(`${server.url}/hub-csrf`, {
    auth,
    signalr: {
      ...(transport && { transport }),
      WebSocket: BrowserSocket as never,
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), Cookie: browser.cookie } }),
    },
  });
}

/** The BFF's user end point, asked as the page would ask it. */
async function whoIsSignedIn(server: IdentityServer, browser: Browser): Promise<string | null> {
  const answer = await fetch(`${server.url}/bff/user`, { headers: { Cookie: browser.cookie } });
  return answer.status === 401 ? null : answer.text();
}

it('25. negotiate carries the anti-forgery header and the cookie, the upgrade the cookie alone', async () => {
  const server = await startServer();
  const browser = await signIn(server);
  const auth = cookieSession({ headers: csrf, userId: () => whoIsSignedIn(server, browser) });
  const { hub } = connect(server, browser, auth);
  await hub.start();

  expect([await call(hub, 'WhoAmI'), hub.getSnapshot().userId]).toEqual([ann.name, ann.name]);
  const requests = (await server.requests()).filter(({ path }) => path.startsWith('/hub-csrf'));
  expect(requests).toMatchObject([
    { path: '/hub-csrf/negotiate', status: 200, csrf: '1', cookie: true, upgrade: false },
    { path: '/hub-csrf', status: 101, csrf: null, cookie: true, upgrade: true },
  ]);
});

it('25. a foreign Origin is refused', async () => {
  // The upgrade alone is checked by the server; the other transports are requests that CORS keeps from a page.
  const server = await startServer();
  const browser = { ...(await signIn(server)), origin: 'https://evil.example' };
  const { hub } = connect(server, browser, cookieSession({ headers: csrf }), 'WebSockets');
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await until(hub, ({ attempt }) => attempt > 0);
  await hub.stop();
  await outcome;

  const upgrades = (await server.requests()).filter(({ upgrade }) => upgrade);
  expect(new Set(upgrades.map(({ status }) => status))).toEqual(new Set([403]));
});

it('25. when the cookie is gone, the session ends once and the hub is left alone', async () => {
  const server = await startServer();
  const browser = await signIn(server);
  const auth = cookieSession({ headers: csrf, userId: () => whoIsSignedIn(server, browser) });
  const { hub, types } = connect(server, browser, auth);
  await hub.start();

  browser.cookie = '';
  await call(hub, 'Leave').catch(() => {});
  await until(hub, ({ status }) => status === 'disconnected');

  expect(types('sessionEnded', 'unauthorized')).toEqual(['sessionEnded']);
  const negotiations = (await server.requests()).filter(({ path }) => path === '/hub-csrf/negotiate');
  expect(negotiations.map(({ status }) => status)).toEqual([200]);
});
