import { HubError, tokenFrom } from '@org/hub-core';
import { createTestTokens } from '@org/hub-testing';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient, serve, until } from './hub.ts';

const tokens = createTestTokens();

it('has SignalR’s own words in the log, without the token that they carry', async () => {
  const { server, url } = await serve({ authenticate: tokens.authenticate });
  const lines: string[] = [];
  const token = await tokens.issue({ sub: 'ann' });
  const { hub } = createClient(url, {
    auth: tokenFrom(token),
    logger: { log: (level, line) => lines.push(`${level} ${line}`) },
  });
  await hub.start();
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  await hub.stop();
  const text = lines.join('\n');
  expect(text).toContain('signalr: ');
  for (const part of token.split('.')) expect(text).not.toContain(part);
});

it.each([
  ['wss://a.example/hub?id=Zm9vYmFyYmF6&access_token=abc.def', ['Zm9vYmFyYmF6', 'abc.def']],
  ['Authorization: Bearer s3cr3t-opaque-token', ['s3cr3t-opaque-token']],
  ['{"refresh_token":"opaque-refresh","connectionToken":"opaque-connection"}', ['opaque-refresh', 'opaque-connection']],
  ['It was eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl, he said', ['eyJ', 'c2lnbmF0dXJl']],
  ['/signed-in?code=a1b2c3&state=x', ['a1b2c3']],
])('takes the credential out of “%s”', (text, secrets) => {
  const error = new HubError('unreachable', text, { cause: new Error(text) });
  for (const secret of secrets) {
    expect(error.message).not.toContain(secret);
    expect((error.cause as Error).message).not.toContain(secret);
    expect(String(error.stack)).not.toContain(secret);
    expect(String((error.cause as Error).stack)).not.toContain(secret);
  }
});

it.each([
  ['a text', 's3cr3t-opaque'],
  ['a long text', `s3cr3t-opaque${'x'.repeat(200)}`],
  ['JSON without a quote', '{"url":"https://a.example","accessToken":s3cr3t-opaque,"more":1}'],
  ['JSON without its beginning', 's3cr3t-opaque","expiresIn":300}'],
])('takes out what JavaScript quotes of %s that is no JSON', async (_, body) => {
  let thrown: unknown;
  try {
    JSON.parse(body);
  } catch (error) {
    thrown = error;
  }
  expect((thrown as Error).message).toContain('s3cr');
  const { message, cause } = new HubError('unreachable', `Negotiation failed: ${String(thrown)}`, { cause: thrown });
  expect(`${message} ${(cause as Error).message}`).not.toMatch(/s3cr|opaq|accessT/);
});

it('leaves ordinary words alone', () => {
  const text = 'The group \'room 1\' is closed to you (id 7, code "x"): the name "room 1" is not valid.';
  expect(new HubError('group-forbidden', text).message).toBe(text);
});

it('takes the credential out of what a source, a listener or a handler throws', async () => {
  const { url } = await serve();
  const lines: string[] = [];
  const secret = 'https://id.example/token?refresh_token=s3cr3t-opaque';
  let asked = 0;
  const auth = tokenFrom(() => {
    if (++asked === 1) throw new Error(`POST ${secret} failed`);
    return 'token';
  });
  const { hub, events } = createClient(url, { auth, logger: { log: (_, line) => lines.push(line) } });
  const broken = (): never => {
    throw new Error(secret);
  };
  hub.on('Told', broken);
  hub.events.on('statusChanged', broken);
  await hub.start();
  await hub.invoke('Tell', 1);
  expect(lines.filter((line) => line.includes('[redacted]')).length).toBeGreaterThan(2);
  const failed = events.find(({ type }) => type === 'tokenRefreshFailed') as unknown as { error: HubError };
  for (const text of [...lines, failed.error.message, String((failed.error.cause as Error).stack)]) {
    expect(text).not.toContain('s3cr3t-opaque');
  }
});

it('writes to the console from `warn` on, and nothing with `none`', async () => {
  const { server, url } = await serve();
  await server.dispose();
  const printed: string[] = [];
  for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    const spy = vi.spyOn(console, level).mockImplementation((line) => void printed.push(`${level} ${line}`));
    onTestFinished(() => spy.mockRestore());
  }
  for (const logger of ['none', 'warn'] as const) {
    const { hub } = createClient(url, { logger });
    const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
    await until(hub, ({ attempt }) => attempt === 2);
    await hub.stop();
    await outcome;
  }
  expect(printed).toEqual([expect.stringMatching(/^warn \[hub\] /)]);
});
