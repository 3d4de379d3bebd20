import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { createHubClient, tokenFrom } from '@org/hub-core';
import { createTestHub } from '@org/hub-testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient, serve, until } from './hub.ts';
import { negotiated, serveRaw } from './raw-hub.ts';

it.each([
  ['no failure that there is', '"kind":"anything"'],
  ['a status', '"kind":"status","status":401,"response":{}'],
  ['the end of the session', '"kind":"source","cause":{"code":"session-ended"}'],
])('a Close is a Close, whatever else it says of itself: %s', async (_, fields) => {
  const server = await serveRaw();
  const { hub } = createClient(server.url);
  await hub.start();
  server.say(`{"type":7,${fields}}`);
  const { error } = await until(hub, ({ status }) => status === 'disconnected');
  expect(error).toMatchObject({ name: 'HubError', code: 'server-closed' });
});

it('an address that looks like negotiate’s makes no offer of what is polled there', async () => {
  const { server, url } = await serve({ authenticate: () => ({ userId: 'ann' }) });
  const { hub } = createClient(`${url}?negotiateVersion=1`, {
    auth: tokenFrom('a-token'),
    signalr: { transport: 'LongPolling' },
  });
  await hub.start();
  server.drop();
  expect(await until(hub, ({ gaps }) => gaps === 1)).toMatchObject({ status: 'connected' });
});

it('a Close whose error is no text is a Close with an error', async () => {
  const server = await serveRaw();
  const { hub, events } = createClient(server.url);
  await hub.start();
  server.say('{"type":7,"error":{"toString":1,"valueOf":1}}');
  await until(hub, ({ gaps }) => gaps === 1);
  expect(events.find(({ type }) => type === 'reconnecting')).toMatchObject({ cause: { code: 'connection-lost' } });
});

it('a call that is answered with an error that no text can be made of does not wait for ever', async () => {
  const server = await serveRaw();
  const { hub } = createClient(server.url, { signalr: { protocol: new MessagePackHubProtocol() as never } });
  await hub.start();
  const call = hub.invoke('Count');
  // [3, {}, "0", 1, { toString: 1 }], and its length before it
  const toString = new TextEncoder().encode('toString');
  server.write(Uint8Array.of(17, 0x95, 3, 0x80, 0xa1, 0x30, 1, 0x81, 0xa8, ...toString, 1));
  await expect(call).rejects.toMatchObject({ code: 'method-failed', method: 'Count' });
});

it('a connection id is a text, whatever the server says it is', async () => {
  const server = await serveRaw((_, response) =>
    response.end(JSON.stringify({ ...negotiated, connectionId: { a: 1 } })),
  );
  const { hub } = createClient(server.url);
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', connectionId: '[object Object]' });
});

it('a token that lives for ever, as the server says, has no time of expiry', async () => {
  const endless = JSON.stringify({ ...negotiated, tokenLifetimeSeconds: 0 }).replace('":0', '":1e999');
  const server = await serveRaw((_, response) => response.end(endless));
  const { hub } = createClient(server.url, { auth: tokenFrom('a-token') });
  await hub.start();
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', tokenExpiresAt: null });
});

it.each([
  ['a word of 2090', 'soon 2090'],
  ['a number that is none', '1e3'],
  ['a fraction', '12.5 2090'],
  ['more seconds than there are', '9'.repeat(400)],
])('a Retry-After of %s is none', async (_, retryAfter) => {
  let refusals = 0;
  const server = await serveRaw((_request, response) => {
    if ((refusals += 1) > 1) return response.end(JSON.stringify(negotiated));
    return response.writeHead(503, { 'Retry-After': retryAfter }).end();
  });
  const { hub } = createClient(server.url);
  await hub.start();
  expect(refusals).toBe(2);
});

it('a challenge that quotes the token is told without it, also where that is opaque', async () => {
  const token = 'CfDJ8-opaque_token+of/ours==';
  const server = await serveRaw((_, response) =>
    response
      .writeHead(401, {
        'WWW-Authenticate': `Bearer error="invalid_token", error_description="'${token}' is over, and so is CfDJ8-opaque_..."`,
      })
      .end(),
  );
  const { hub, events } = createClient(server.url, { auth: tokenFrom(token) });
  const error: unknown = await hub.start().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'unauthorized' });
  const { challenge } = events.find(({ type }) => type === 'unauthorized') as { challenge?: string };
  expect(challenge).toBe(
    `Bearer error="invalid_token", error_description="'[redacted]' is over, and so is [redacted]..."`,
  );
  expect((error as Error).message).not.toContain('CfDJ8');
});

it('a source whose tokens live for a millisecond is asked four times a second, not a thousand', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  onTestFinished(() => void vi.useRealTimers());
  const server = createTestHub({ authenticate: () => ({ userId: 'ann' }) });
  const { url, fetch, WebSocket } = server.inProcess();
  let asked = 0;
  const hub = createHubClient({
    url,
    logger: 'none',
    auth: tokenFrom(() => ({ token: `token-${(asked += 1)}`, expiresAt: Date.now() + 1 })),
    signalr: { fetch, WebSocket },
  });
  await hub.start();
  await vi.advanceTimersByTimeAsync(10_000);
  await hub.dispose();
  await server.dispose();
  expect(asked).toBeGreaterThan(10);
  expect(asked).toBeLessThanOrEqual(41);
});
