import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench, HttpAnswer } from '../bench.ts';

const all = [
  { transport: 'WebSockets', transferFormats: ['Text', 'Binary'] },
  { transport: 'ServerSentEvents', transferFormats: ['Text'] },
  { transport: 'LongPolling', transferFormats: ['Text', 'Binary'] },
];
const json = { 'content-type': 'application/json' };
const text = { 'content-type': 'text/plain' };

/** The answer, with the length of what is random. */
async function negotiate(bench: Bench, query: string, method = 'POST'): Promise<object> {
  const { body, ...answer } = await bench.request(method, query);
  const shown = body.replace(
    /"(connectionId|connectionToken)":"([\w-]*)"/g,
    (_all, name: string, id: string) => `"${name}":${id.length}`,
  );
  return { ...answer, body: body === '' ? '' : (JSON.parse(shown) as object) };
}

const uncached = { show: ['content-type', 'cache-control', 'pragma', 'expires'] };

export const negotiation: readonly Behaviour[] = chapter('negotiate', ({ http }) => {
  http(
    'version 1 promises an id, a token and all transports',
    (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion=1'),
    {
      status: 200,
      headers: json,
      body: { negotiateVersion: 1, connectionId: 22, connectionToken: 22, availableTransports: all },
    },
  );
  http('version 0 promises an id only', (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion=0'), {
    status: 200,
    headers: json,
    body: { negotiateVersion: 0, connectionId: 22, availableTransports: all },
  });
  http('no version is version 0', (bench) => negotiate(bench, 'plain/negotiate'), {
    status: 200,
    headers: json,
    body: { negotiateVersion: 0, connectionId: 22, availableTransports: all },
  });
  http(
    'a version that is newer than the server gets the newest',
    (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion=5'),
    {
      status: 200,
      headers: json,
      body: { negotiateVersion: 1, connectionId: 22, connectionToken: 22, availableTransports: all },
    },
  );
  http(
    'a version that is no number is an error in a 200',
    (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion=abc'),
    {
      status: 200,
      headers: json,
      body: { error: 'The client requested a non-integer protocol version.' },
    },
  );
  http('a negative version is an error in a 200', (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion=-1'), {
    status: 200,
    headers: json,
    body: { error: "The client requested version '-1', but the server does not support this version." },
  });
  http('an empty version is an error in a 200', (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion='), {
    status: 200,
    headers: json,
    body: { error: 'The client requested a non-integer protocol version.' },
  });
  http(
    'a body is of no interest',
    async (bench) => (await bench.request('POST', 'plain/negotiate?negotiateVersion=1', { body: '{{{' })).status,
    200,
  );
  http('GET is refused', (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion=1', 'GET'), {
    status: 405,
    headers: text,
    body: '',
  });
  http('PUT is refused', (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion=1', 'PUT'), {
    status: 405,
    headers: text,
    body: '',
  });
  http(
    'a hub with WebSockets only offers nothing else',
    (bench) => negotiate(bench, 'web-sockets-only/negotiate?negotiateVersion=1'),
    {
      status: 200,
      headers: json,
      body: { negotiateVersion: 1, connectionId: 22, connectionToken: 22, availableTransports: [all[0]] },
    },
  );
  http(
    'a hub with long polling only offers nothing else',
    (bench) => negotiate(bench, 'long-polling-only/negotiate?negotiateVersion=1'),
    {
      status: 200,
      headers: json,
      body: { negotiateVersion: 1, connectionId: 22, connectionToken: 22, availableTransports: [all[2]] },
    },
  );
  http(
    'stateful reconnect is not offered where it is not allowed',
    (bench) => negotiate(bench, 'plain/negotiate?negotiateVersion=1&useStatefulReconnect=true'),
    {
      status: 200,
      headers: json,
      body: { negotiateVersion: 1, connectionId: 22, connectionToken: 22, availableTransports: all },
    },
  );
  http(
    'a path in any case, with a slash at its end',
    async (bench) => (await bench.request('POST', 'plain/NEGOTIATE/?negotiateVersion=1')).status,
    200,
  );
  http('names in the query are found in any case', (bench) => negotiate(bench, 'plain/negotiate?NEGOTIATEVERSION=1'), {
    status: 200,
    headers: json,
    body: { negotiateVersion: 1, connectionId: 22, connectionToken: 22, availableTransports: all },
  });
  http(
    'the answer may not be cached',
    async (bench) => (await bench.request('POST', 'plain/negotiate?negotiateVersion=1', uncached)).headers,
    json,
  );
});

export const requests: readonly Behaviour[] = chapter('requests without a connection', ({ http }) => {
  const plain = (status: number, body: string): HttpAnswer => ({ status, headers: text, body });
  const fresh = (status: number, body: string): HttpAnswer => ({
    status,
    headers: {
      ...text,
      'cache-control': 'no-cache, no-store',
      pragma: 'no-cache',
      expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
    },
    body,
  });
  http('GET without an id', (bench) => bench.request('GET', 'plain', uncached), fresh(400, 'Connection ID required'));
  http(
    'GET with an unknown id',
    (bench) => bench.request('GET', 'plain?id=nobody', uncached),
    fresh(404, 'No Connection with that ID'),
  );
  http(
    'GET of an event stream without an id',
    (bench) => bench.request('GET', 'plain', { ...uncached, headers: { Accept: 'text/event-stream' } }),
    plain(400, 'Connection ID required'),
  );
  http(
    'GET of an event stream with an unknown id',
    (bench) => bench.request('GET', 'plain?id=nobody', { ...uncached, headers: { Accept: 'text/event-stream' } }),
    plain(404, 'No Connection with that ID'),
  );
  http('POST without an id', (bench) => bench.request('POST', 'plain', uncached), plain(400, 'Connection ID required'));
  http(
    'POST with an unknown id',
    (bench) => bench.request('POST', 'plain?id=nobody', uncached),
    plain(404, 'No Connection with that ID'),
  );
  http(
    'DELETE without an id',
    (bench) => bench.request('DELETE', 'plain', uncached),
    plain(400, 'Connection ID required'),
  );
  http(
    'DELETE with an unknown id',
    (bench) => bench.request('DELETE', 'plain?id=nobody', uncached),
    plain(404, 'No Connection with that ID'),
  );
  http('PUT', (bench) => bench.request('PUT', 'plain', uncached), plain(405, ''));
  http('PATCH', (bench) => bench.request('PATCH', 'plain', uncached), plain(405, ''));
  http('a path below the hub', async (bench) => (await bench.request('GET', 'plain/other')).status, 404, {
    port: true,
  });
  http(
    'the id of a negotiate that was never opened takes a POST',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('plain');
      return bench.request('POST', `plain?id=${connectionToken}`, { ...uncached, body: 'x' });
    },
    plain(200, ''),
  );
  http(
    'the id of a negotiate that was never opened takes no DELETE',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('plain');
      return bench.request('DELETE', `plain?id=${connectionToken}`, uncached);
    },
    plain(400, 'Cannot terminate this connection using the DELETE endpoint.'),
  );
});
