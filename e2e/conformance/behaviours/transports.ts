import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import { handshake, invoke, record, result, shaken } from '../frames.ts';
import { closed } from '../links/raw-link.ts';

const kept = [
  'content-type',
  'cache-control',
  'pragma',
  'expires',
  'content-encoding',
  'x-accel-buffering',
  'content-length',
];
const uncached = {
  'cache-control': 'no-cache, no-store',
  pragma: 'no-cache',
  expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
};
const sse = { Accept: 'text/event-stream' };

export const transportRules: readonly Behaviour[] = chapter('transports', ({ http, scene }) => {
  http(
    'a hub with WebSockets only refuses polls',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('web-sockets-only');
      return bench.request('GET', `web-sockets-only?id=${connectionToken}`);
    },
    {
      status: 404,
      headers: { 'content-type': 'text/plain' },
      body: 'LongPolling transport not supported by this end point type',
    },
  );
  http(
    'a hub with WebSockets only refuses event streams',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('web-sockets-only');
      return bench.request('GET', `web-sockets-only?id=${connectionToken}`, { headers: sse });
    },
    {
      status: 404,
      headers: { 'content-type': 'text/plain' },
      body: 'ServerSentEvents transport not supported by this end point type',
    },
  );
  scene(
    'a hub with long polling only refuses others',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('long-polling-only');
      return bench.reopen('long-polling-only', connectionToken);
    },
    {
      WebSockets: '404 WebSockets transport not supported by this end point type',
      ServerSentEvents: '404 ServerSentEvents transport not supported by this end point type',
      LongPolling: '',
    },
    { on: ['WebSockets', 'ServerSentEvents'], port: 'WebSockets' },
  );
  scene(
    'without an id a WebSocket gets a connection of its own',
    async (bench) => {
      const link = await bench.open('plain', '');
      await link.send(record(handshake, invoke('1', 'Add', [1, 2])));
      await link.until(2);
      return bench.plain(link.received);
    },
    [shaken, result('1', 3)],
    { on: ['WebSockets'] },
  );
  scene(
    'a POST to a WebSocket',
    async (bench) => {
      const { connectionToken } = await bench.link();
      return bench.request('POST', `plain?id=${connectionToken}`, { body: 'x' });
    },
    {
      status: 405,
      headers: { 'content-type': 'text/plain' },
      body: 'POST requests are not allowed for WebSocket connections.',
    },
    { on: ['WebSockets'] },
  );
  scene(
    'a POST is answered',
    async (bench) => {
      const { connectionToken } = await bench.link();
      return bench.request('POST', `plain?id=${connectionToken}`, {
        body: record(invoke('1', 'Add', [1, 2])),
        show: kept,
      });
    },
    { status: 200, headers: { 'content-type': 'text/plain', 'content-length': '0' }, body: '' },
    { on: ['ServerSentEvents', 'LongPolling'], port: true },
  );
  scene(
    'an empty POST is fine',
    async (bench) => {
      const { connectionToken } = await bench.link();
      return (await bench.request('POST', `plain?id=${connectionToken}`, { body: '' })).status;
    },
    200,
    { on: ['ServerSentEvents', 'LongPolling'] },
  );
  scene(
    'what was posted before the transport came is served',
    async (bench) => {
      const ids = await bench.negotiate('plain');
      await bench.request('POST', `plain?id=${ids.connectionToken}`, {
        body: record(handshake, invoke('1', 'Add', [1, 2])),
      });
      const link = await bench.open('plain', `?id=${ids.connectionToken}`);
      await link.until(2);
      return bench.plain(link.received);
    },
    [shaken, result('1', 3)],
    { on: ['ServerSentEvents', 'LongPolling'] },
  );
  scene(
    'a connection keeps its transport',
    async (bench) => {
      const { connectionToken } = await bench.link();
      const other = bench.way === 'ServerSentEvents' ? {} : { headers: sse };
      return bench.request('GET', `plain?id=${connectionToken}`, other);
    },
    { status: 400, headers: { 'content-type': 'text/plain' }, body: 'Cannot change transports mid-connection' },
  );
});

export const eventStreams: readonly Behaviour[] = chapter('server-sent events', ({ scene }) => {
  const on = { on: ['ServerSentEvents'] as const };
  scene(
    'the head of the stream',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('plain');
      return bench.head('plain', `?id=${connectionToken}`, { headers: sse, show: kept });
    },
    {
      status: 200,
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache,no-store',
        pragma: 'no-cache',
        'content-encoding': 'identity',
      },
    },
    on,
  );
  scene(
    'the first bytes, and how messages are framed',
    async (bench) => {
      const link = await bench.link();
      await link.send(record(invoke('1', 'Echo', ['a\nb'])));
      await link.until(2);
      await link.send(record('{"type":7}'));
      await link.untilEnded();
      return link.bytes;
    },
    `:\r\ndata: {}\x1e\r\n\r\ndata: {"type":3,"invocationId":"1","result":"a\\nb"}\x1e\r\n\r\ndata: {"type":7}\x1e\r\n\r\n`,
    on,
  );
  scene(
    'who accepts other types too gets long polling',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('plain');
      return (
        await bench.head('plain', `?id=${connectionToken}`, {
          headers: { Accept: 'text/html, text/event-stream;q=0.9' },
          show: ['content-type'],
        })
      ).headers;
    },
    { 'content-type': 'application/octet-stream' },
    on,
  );
});

export const longPolling: readonly Behaviour[] = chapter('long polling', ({ scene }) => {
  const on = { on: ['LongPolling'] as const };
  scene(
    'the first poll is answered at once, and empty',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('plain');
      return bench.request('GET', `plain?id=${connectionToken}`, { show: kept });
    },
    {
      status: 200,
      headers: { 'content-type': 'application/octet-stream', ...uncached, 'content-length': '0' },
      body: '',
    },
    { ...on, port: true },
  );
  scene(
    'a poll brings what there is',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('plain');
      await bench.request('GET', `plain?id=${connectionToken}`);
      await bench.request('POST', `plain?id=${connectionToken}`, { body: record(handshake) });
      return bench.request('GET', `plain?id=${connectionToken}`, { show: kept });
    },
    {
      status: 200,
      headers: { 'content-type': 'application/octet-stream', ...uncached, 'content-length': '3' },
      body: `{}\x1e`,
    },
    { ...on, port: true },
  );
  scene(
    'a poll that brings nothing is answered, empty',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('short-polls');
      await bench.request('GET', `short-polls?id=${connectionToken}`);
      return bench.request('GET', `short-polls?id=${connectionToken}`, { show: kept });
    },
    {
      status: 200,
      headers: { 'content-type': 'text/plain', ...uncached, 'content-length': '0' },
      body: '',
    },
    { ...on, port: true },
  );
  scene(
    'the last poll',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('plain');
      await bench.request('GET', `plain?id=${connectionToken}`);
      await bench.request('POST', `plain?id=${connectionToken}`, { body: record(handshake, '{"type":7}') });
      const answers: object[] = [];
      for (let status = 200; status === 200;) {
        const answer = await bench.request('GET', `plain?id=${connectionToken}`, { show: kept });
        answers.push(answer);
        status = answer.status;
      }
      return answers.at(-1);
    },
    { status: 204, headers: { 'content-type': 'text/plain', ...uncached }, body: '' },
    on,
  );
  scene(
    'a second poll ends the first with 204 and takes its place',
    async (bench) => {
      const link = await bench.link();
      // Its own poll is to be there first.
      await bench.settled();
      const second = bench.request('GET', `plain?id=${link.connectionToken}`);
      await link.untilEnded();
      await bench.request('POST', `plain?id=${link.connectionToken}`, { body: record(invoke('1', 'Add', [1, 2])) });
      return [bench.plain(link.received), (await second).body];
    },
    [[shaken, closed], `${result('1', 3)}\x1e`],
    on,
  );
  scene(
    'after a DELETE a poll finds nothing',
    async (bench) => {
      const link = await bench.link();
      await link.close();
      return (await bench.request('GET', `plain?id=${link.connectionToken}`)).status;
    },
    404,
    on,
  );
  scene(
    'a second DELETE finds nothing',
    async (bench) => {
      const link = await bench.link();
      await link.close();
      return link.close();
    },
    404,
    on,
  );
  scene(
    'the answer to a DELETE',
    async (bench) => {
      const link = await bench.link();
      return bench.request('DELETE', `plain?id=${link.connectionToken}`, { show: kept });
    },
    { status: 202, headers: { 'content-type': 'text/plain', 'content-length': '0' }, body: '' },
    { ...on, port: true },
  );
  scene(
    'the poll of a connection that is done ends with 204',
    async (bench) => {
      const link = await bench.link();
      await link.send(record('{"type":7}'));
      await link.untilEnded();
      return link.received.at(-1);
    },
    closed,
    on,
  );
});
