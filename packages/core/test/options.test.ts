import { createHubClient, HubError, tokenFrom } from '@org/hub-core';
import { oidc } from '@org/hub-core/oidc';
import { expect, it } from 'vitest';
import { createClient, nextEvent, serve } from './hub.ts';

const url = 'https://example.com/hub';

it.each([
  ['url', {}],
  ['url', { url: 42 }],
  ['url', { url: '' }],
  ['auth', { url, auth: 'a-token-in-the-wrong-place' }],
  ['auth', { url, auth: {} }],
  ['anonymous', { url, anonymous: 'never' }],
  ['prepare', { url, prepare: 'Prepare' }],
  ['groups', { url, groups: 'JoinGroup' }],
  ['groups.join', { url, groups: { join: 1 } }],
  ['groups.leave', { url, groups: { leave: '' } }],
  ['groups.joinMany', { url, groups: { joinMany: true } }],
  ['groups.concurrency', { url, groups: { concurrency: 0 } }],
  ['groups.timeout', { url, groups: { timeout: -1 } }],
  ['reconnect', { url, reconnect: true }],
  ['reconnect.baseDelay', { url, reconnect: { baseDelay: '500' } }],
  ['reconnect.maxAttempts', { url, reconnect: { maxAttempts: Number.NaN } }],
  ['reconnect.delay', { url, reconnect: { delay: 1 } }],
  ['rotation', { url, rotation: 'sometimes' }],
  ['outbox.maxCalls', { url, outbox: { maxCalls: -1 } }],
  ['events', { url, events: () => {} }],
  ['events.restored', { url, events: { restored: 'yes' } }],
  ['logger', { url, logger: 'loud' }],
  ['logger', { url, logger: {} }],
  ['signalr.transport', { url, signalr: { transport: 'Pigeons' } }],
  ['signalr.protocol', { url, signalr: { protocol: 'json' } }],
  ['signalr.skipNegotiation', { url, signalr: { skipNegotiation: true, transport: 'LongPolling' } }],
  ['automaticReconnect', { url, automaticReconnect: true }],
])('names `%s` where it cannot work: %j', (option, options) => {
  const error = thrownBy(() => createHubClient(options as never));
  expect(error).toBeInstanceOf(HubError);
  expect(error).toMatchObject({
    code: 'configuration',
    retryable: false,
    message: expect.stringContaining(`\`${option}\``),
  });
  expect((error as HubError).remediation).toMatch(/\w+ .*\.$/);
  expect(String(error)).not.toContain('wrong-place');
});

it.each([[undefined], [null], ['https://example.com/hub']])('says what it needs when it is given %s', (options) => {
  expect(thrownBy(() => createHubClient(options as never))).toMatchObject({ name: 'HubError', code: 'configuration' });
});

it('takes `undefined` for an option that is not given', () => {
  const options = {
    url,
    auth: undefined,
    groups: undefined,
    reconnect: { maxDelay: undefined },
    signalr: { timeout: undefined },
  };
  expect(thrownBy(() => createHubClient(options as never))).toBeNull();
});

it.each([
  ['tokenFrom', () => tokenFrom('')],
  ['tokenFrom', () => tokenFrom(undefined as never)],
  ['authority', () => oidc({ client_id: 'app', redirect_uri: url } as never)],
  ['client_id', () => oidc({ authority: url, redirect_uri: url } as never)],
  ['signOut', () => oidc({ authority: url, client_id: 'app', redirect_uri: url }, { signOut: 'never' as never })],
])('names `%s` where a source cannot work', (option, create) => {
  expect(thrownBy(create)).toMatchObject({
    name: 'HubError',
    code: 'configuration',
    message: expect.stringContaining(option),
  });
});

it('refuses a group without a name', () => {
  const hub = createHubClient({ url });
  expect(thrownBy(() => hub.join(''))).toMatchObject({ code: 'configuration' });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}

it('takes undefined for not given', async () => {
  const { server, url } = await serve();
  const groups = { concurrency: undefined } as unknown as { concurrency: number };
  const reconnect = { baseDelay: undefined } as unknown as { baseDelay: number };
  const { hub } = createClient(url, { groups, reconnect });
  const room = hub.join('room');
  await hub.start();
  await room.ready;
  const back = nextEvent(hub, 'restored');
  server.drop();
  expect((await back).joined).toBe(1);
});
