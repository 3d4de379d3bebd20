import { cookieSession, tokenFrom } from '@org/hub-core';
import type { HubOptions } from '@org/hub-core';
import { describe, expect, it } from 'vitest';
import { createClient, serve, serveHttp, until } from './hub.ts';

/** A negotiate that sends everybody elsewhere. */
const redirectTo = (to: object): Promise<string> =>
  serveHttp((_, response) => void response.writeHead(200).end(JSON.stringify({ negotiateVersion: 0, ...to })));

const transports: NonNullable<HubOptions['signalr']>['transport'][] = ['WebSockets', 'LongPolling'];

describe('negotiate names another origin', () => {
  it('without a token for it: the app’s token stays at home, and the client says why it stops', async () => {
    const heads: unknown[] = [];
    const target = await serveHttp(({ headers }, response) => {
      heads.push(headers);
      response.writeHead(404).end();
    });
    const { hub, events } = createClient(await redirectTo({ url: target }), {
      auth: tokenFrom('the-token-of-the-app'),
    });
    await expect(hub.start()).rejects.toMatchObject({
      code: 'configuration',
      retryable: false,
      message: expect.stringContaining(new URL(target).origin),
    });
    expect(heads).toEqual([]);
    expect(events.filter(({ type }) => type === 'reconnecting')).toEqual([]);
  });

  it('without a token, to a visitor: there is none to keep, and the client follows', async () => {
    const { server, url } = await serve();
    const { hub } = createClient(await redirectTo({ url }));
    await hub.start();
    expect(server.connections()).toHaveLength(1);
  });

  it.each(transports)('with one, over %s: the anti-forgery token of the app does not go there', async (transport) => {
    const seen: string[] = [];
    const { server, url } = await serve({
      authenticate: ({ token, headers }) => {
        seen.push(JSON.stringify(headers));
        return token === 'the-token-of-the-other' ? { userId: 'ann' } : null;
      },
    });
    const own: string[] = [];
    const app = await serveHttp((request, response) => {
      own.push([request.headers['x-api-key'], request.headers['x-csrf']].join(' '));
      response.writeHead(200).end(JSON.stringify({ url, accessToken: 'the-token-of-the-other' }));
    });
    const { hub } = createClient(app, {
      auth: cookieSession({ headers: { 'X-CSRF': 'secret-of-the-session' } }),
      signalr: { transport: transport!, headers: { 'X-Api-Key': 'version-7' } },
    });
    await hub.start();
    server.drop();
    await until(hub, ({ gaps }) => gaps === 1);
    // Each connect begins at home, with all of them.
    expect(own).toEqual(Array(2).fill('version-7 secret-of-the-session'));
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.filter((head) => head.includes('secret'))).toEqual([]);
  });

  it('of the same origin: it is at home, and gets what is asked for there', async () => {
    const heads: string[] = [];
    const app: string = await serveHttp((request, response) => {
      heads.push([request.url, request.headers.authorization, request.headers['x-api-key']].join(' '));
      if (request.url!.startsWith('/hub/')) response.writeHead(200).end(JSON.stringify({ url: `${app}-2` }));
      else response.writeHead(404).end();
    });
    const { hub } = createClient(app, {
      auth: tokenFrom('token-of-the-app'),
      signalr: { headers: { 'X-Api-Key': 'key' } },
    });
    await expect(hub.start()).rejects.toMatchObject({ code: 'not-a-hub' });
    expect(heads).toEqual([
      '/hub/negotiate?negotiateVersion=1 Bearer token-of-the-app key',
      '/hub-2/negotiate?negotiateVersion=1 Bearer token-of-the-app key',
    ]);
  });
});
