/// <reference types="node" />
import { createHubClient, type HubClient, tokenFrom } from '@org/hub-core';
import { createTestOidc } from '@org/hub-testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { buildBlocks, csharp, type RunningServer, startProgram } from './server.ts';

const origin = 'https://app.example.com';
const provider = createTestOidc({ user: { sub: 'ann', name: 'Ann', aud: 'chat-api' }, expiresIn: 60 });
let server: RunningServer;

beforeAll(async () => {
  const [program, { authority }] = await Promise.all([buildBlocks(), provider.listen()]);
  server = await startProgram(program, { environment: 'Development', Authority: authority, Origin: origin });
}, 180_000);

afterAll(async () => {
  await server?.stop();
  await provider.dispose();
});

function createClient(token: () => Promise<string>): HubClient {
  const hub = createHubClient({
    url: `${server.url}/hubs/chat`,
    auth: tokenFrom(token),
    logger: 'none',
    signalr: { WebSocket: WebSocket as never },
  });
  onTestFinished(() => hub.dispose());
  return hub;
}

async function freshToken(): Promise<string> {
  const { value } = await provider.storedUser();
  return (JSON.parse(value) as { access_token: string }).access_token;
}

test('the C# of the documentation builds, Program.cs among it', () => {
  expect(csharp.length).toBeGreaterThan(8);
  expect(csharp.filter(({ file }) => file === 'docs/server/aspnetcore/Program.cs')).toHaveLength(1);
});

test('its Program.cs answers the page’s origin, without a token with 401 and its reason', async () => {
  const { status, headers } = await fetch(`${server.url}/hubs/chat/negotiate?negotiateVersion=1`, {
    method: 'POST',
    headers: { Origin: origin },
  });
  expect(status).toBe(401);
  expect(headers.get('www-authenticate')).toBe('Bearer');
  expect(headers.get('access-control-allow-origin')).toBe(origin);
  expect(headers.get('access-control-allow-credentials')).toBe('true');
  expect(headers.get('access-control-expose-headers')).toBe('WWW-Authenticate,Retry-After');
});

test('a client connects, joins, hears, renews in place, and no token is in the log', async () => {
  const tokens: string[] = [];
  const hub = createClient(async () => {
    const token = await freshToken();
    tokens.push(token);
    return token;
  });
  const heard: unknown[] = [];
  const rotated: unknown[] = [];
  hub.on('MessageReceived', (message) => heard.push(message));
  hub.events.on('rotated', ({ method }) => rotated.push(method));

  hub.join('lobby');
  await hub.start();
  await hub.invoke('Send', 'lobby', 'hello');
  await hub.refreshAuthentication();
  await expect.poll(() => rotated).toEqual(['refresh']);

  expect(heard).toEqual([{ room: 'lobby', from: 'ann', text: 'hello' }]);
  expect(tokens).toHaveLength(2);
  expect(server.log()).toContain('Now listening');
  expect(tokens.filter((token) => server.log().includes(token.slice(0, 20)))).toEqual([]);
});
