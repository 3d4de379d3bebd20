import { HttpTransportType } from '@microsoft/signalr';
import { expect, test } from 'vitest';
import type { HubTransport } from '../src/index.ts';
import { httpClient, httpWire, negotiate } from './support/http.ts';
import { listeningHub, testHub } from './support/hub.ts';

const all: readonly HubTransport[] = ['WebSockets', 'ServerSentEvents', 'LongPolling'];

test('offers all three transports, WebSockets first', async () => {
  expect((await negotiate(testHub())).availableTransports).toEqual([
    { transport: 'WebSockets', transferFormats: ['Text', 'Binary'] },
    { transport: 'ServerSentEvents', transferFormats: ['Text'] },
    { transport: 'LongPolling', transferFormats: ['Text', 'Binary'] },
  ]);
});

test.each(all)('refuses %s where the others are on', async (off) => {
  const on = all.filter((transport) => transport !== off).toReversed();
  const hub = testHub({ transports: on });
  const offer = await negotiate(hub);
  expect((offer.availableTransports as unknown as { transport: string }[]).map(({ transport }) => transport)).toEqual(
    on.toReversed(),
  );
  const client = await httpWire(hub);
  const attempts: Record<HubTransport, () => Promise<unknown>> = {
    WebSockets: async () => {
      const answer = await hub.handleUpgrade({ method: 'GET', url: '/hub' });
      return answer && !answer.accepted && `${answer.response.status} ${answer.response.body as string}`;
    },
    ServerSentEvents: () => client.events().catch(({ message }: Error) => message),
    LongPolling: () => client.poll(),
  };
  expect(await attempts[off]()).toBe(`404 ${off} transport not supported by this end point type`);
  // A connection that a refused transport did not open is still to be had.
  expect(await (await httpWire(testHub({ transports: ['LongPolling'] }))).poll()).toBe('200');
});

test('takes no POST and no DELETE for a WebSocket', async () => {
  const hub = testHub();
  const client = await httpWire(hub);
  const answer = await hub.handleUpgrade({ method: 'GET', url: `/hub?id=${client.id}` });
  if (answer?.accepted) answer.accept({ send: () => {}, close: () => {}, terminate: () => {} });
  expect([await client.post({ type: 6 }), await client.delete(), await client.poll()]).toEqual([
    '405 POST requests are not allowed for WebSocket connections.',
    '400 Cannot terminate this connection using the DELETE endpoint.',
    '400 Cannot change transports mid-connection',
  ]);
});

test('what was posted before a WebSocket opened is heard on it', async () => {
  const hub = testHub();
  const client = await httpWire(hub);
  await client.post({ protocol: 'json', version: 1 });
  const answer = await hub.handleUpgrade({ method: 'GET', url: `/hub?id=${client.id}` });
  const heard = new Promise((resolve) => {
    if (answer?.accepted) answer.accept({ send: resolve, close: () => {}, terminate: () => {} });
  });
  expect(await heard).toBe('{}\x1e');
});

test('the client of SignalR goes on to the next transport where one is off or refused', async () => {
  const { hub, url } = await listeningHub({ methods: { Add: (_call, a, b) => a + b } });
  const refused: unknown[] = [];
  hub.on('refused', (refusal) => refused.push(refusal));
  hub.reject(503, { on: ['upgrade', 'events'] });
  const every = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
  const client = httpClient(url, every);
  await client.start();
  expect(await client.invoke('Add', 1, 2)).toBe(3);
  await client.stop();
  expect(refused).toEqual([
    { on: 'upgrade', status: 503 },
    { on: 'events', status: 503 },
  ]);
});
