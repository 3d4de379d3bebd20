import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { close, failed, invoke, item, json, record, result, stream } from '../frames.ts';
import { closed } from '../links/raw-link.ts';
import type { RawLink } from '../links/raw-link.ts';

interface Renewal {
  connectionId?: string;
  refreshedAt?: string;
  tokenLifetimeSeconds?: number;
  error?: string;
  error_description?: string;
}

/** A refresh: its status and what there is in its body. */
async function refresh(bench: Bench, id: string, token: string | null): Promise<{ status: number; body: Renewal }> {
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const { status, body } = await bench.request('POST', `refreshing/refresh?id=${id}`, { headers });
  return { status, body: JSON.parse(body) as Renewal };
}

/** The words of a description are the server's own. */
async function refusal(answer: Promise<{ status: number; body: Renewal }>): Promise<string> {
  const { status, body } = await answer;
  return `${status} ${body.error} ${typeof body.error_description === 'string' ? 'described' : ''}`.trim();
}

async function open(bench: Bench, roles: string[] = [], expiresIn = 60): Promise<RawLink> {
  return bench.link({ variant: 'refreshing', token: await bench.token({ sub: 'ann', roles, expiresIn }) });
}

/** Nearly a minute: a second may pass, and a part of one is cut off. */
const nearly60 = (seconds: number | undefined): boolean => seconds !== undefined && seconds >= 57 && seconds <= 60;

export const refreshes: readonly Behaviour[] = chapter('refresh (TokenRefresh.cs)', ({ http, scene }) => {
  http(
    'negotiate says how long the token lives',
    async (bench) => {
      const headers = { Authorization: `Bearer ${await bench.token({ sub: 'ann', expiresIn: 60 })}` };
      const { body } = await bench.request('POST', 'refreshing/negotiate?negotiateVersion=1', { headers });
      return nearly60((JSON.parse(body) as Renewal).tokenLifetimeSeconds);
    },
    true,
  );
  http(
    'version 0 says nothing of it',
    async (bench) => {
      const headers = { Authorization: `Bearer ${await bench.token({ sub: 'ann', expiresIn: 60 })}` };
      const { body } = await bench.request('POST', 'refreshing/negotiate', { headers });
      return 'tokenLifetimeSeconds' in (JSON.parse(body) as Renewal);
    },
    false,
  );
  http(
    'a hub that does not refresh says nothing of it',
    async (bench) => {
      const headers = { Authorization: `Bearer ${await bench.token({ sub: 'ann', expiresIn: 60 })}` };
      const { body } = await bench.request('POST', 'not-refreshing/negotiate?negotiateVersion=1', { headers });
      return 'tokenLifetimeSeconds' in (JSON.parse(body) as Renewal);
    },
    false,
  );
  http(
    'no id',
    async (bench) => refusal(refresh(bench, '', await bench.token({ sub: 'ann' }))),
    '400 missing_connection_token described',
  );
  http(
    'an unknown id',
    async (bench) => refusal(refresh(bench, 'nobody', await bench.token({ sub: 'ann' }))),
    '404 connection_not_found described',
  );
  http(
    'an unknown id without a token',
    (bench) => refusal(refresh(bench, 'nobody', null)),
    '404 connection_not_found described',
  );
  http('the answers are JSON', async (bench) => (await bench.request('POST', 'refreshing/refresh')).headers, {
    'content-type': 'application/json',
  });
  for (const method of ['GET', 'PUT', 'DELETE']) {
    http(`${method} is refused`, (bench) => bench.request(method, 'refreshing/refresh?id=nobody'), {
      status: 405,
      headers: { 'content-type': 'text/plain' },
      body: '',
    });
  }
  http(
    'a hub that does not refresh',
    async (bench) => {
      const { status, body } = await bench.request('POST', 'not-refreshing/refresh?id=nobody');
      return [status, (JSON.parse(body) as Renewal).error];
    },
    [404, 'refresh_disabled'],
  );

  scene(
    'a newer token is taken',
    async (bench) => {
      const link = await open(bench);
      const { status, body } = await refresh(
        bench,
        link.connectionToken,
        await bench.token({ sub: 'ann', expiresIn: 60 }),
      );
      return {
        status,
        keys: Object.keys(body),
        same: body.connectionId === link.connectionId,
        recent: Math.abs(Date.parse(body.refreshedAt ?? '') - Date.now()) < 5_000,
        lifetime: nearly60(body.tokenLifetimeSeconds),
      };
    },
    {
      status: 200,
      keys: ['connectionId', 'refreshedAt', 'tokenLifetimeSeconds'],
      same: true,
      recent: true,
      lifetime: true,
    },
  );
  scene(
    'the connection id is no connection token',
    async (bench) => {
      const { connectionId } = await open(bench);
      return refusal(refresh(bench, connectionId, await bench.token({ sub: 'ann' })));
    },
    '404 connection_not_found described',
  );
  for (const [name, token] of [
    ['no token', () => null],
    ['nonsense', () => 'nonsense'],
    ['an expired token', (bench: Bench) => bench.token({ sub: 'ann', expiresIn: -60 })],
  ] as const) {
    scene(
      name,
      async (bench) => {
        const link = await open(bench);
        const answer = await refusal(refresh(bench, link.connectionToken, await token(bench)));
        await link.send(record(invoke('1', 'Add', [1, 2])));
        await link.until(2);
        return [answer, link.received[1]];
      },
      ['401 invalid_token described', result('1', 3)],
    );
  }
  scene(
    "another user's token, and the connection stays",
    async (bench) => {
      const link = await open(bench);
      const answer = await refusal(refresh(bench, link.connectionToken, await bench.token({ sub: 'bob' })));
      await link.send(record(invoke('1', 'Add', [1, 2])));
      await link.until(2);
      return [answer, link.received[1]];
    },
    ['403 user_changed described', result('1', 3)],
  );
  scene(
    'a change that the app refuses, and the connection stays',
    async (bench) => {
      const link = await open(bench, ['staff']);
      const answer = await refusal(
        refresh(bench, link.connectionToken, await bench.token({ sub: 'ann', roles: ['blocked'] })),
      );
      await link.send(record(invoke('1', 'Staff')));
      await link.until(2);
      return [answer, link.received[1]];
    },
    ['403 permission_change_rejected described', result('1', 'welcome')],
  );
  scene(
    'methods see the roles of the newest token',
    async (bench) => {
      const link = await open(bench);
      for (const [index, roles] of [[], ['staff'], []].entries()) {
        await refresh(bench, link.connectionToken, await bench.token({ sub: 'ann', roles, expiresIn: 60 + index }));
        await link.send(record(invoke(String(index), 'Staff')));
        await link.until(index + 2);
      }
      return link.received.slice(1);
    },
    [
      failed('0', "Failed to invoke 'Staff' because user is unauthorized"),
      result('1', 'welcome'),
      failed('2', "Failed to invoke 'Staff' because user is unauthorized"),
    ],
  );
  scene(
    'the user id and the groups stay',
    async (bench) => {
      const link = await open(bench);
      const room = bench.unique('room');
      await link.send(record(invoke('1', 'Join', [room])));
      await link.until(2);
      await refresh(bench, link.connectionToken, await bench.token({ sub: 'ann', roles: ['staff'] }));
      await link.send(record(invoke('2', 'Send', ['group', [room], 'hello']), invoke('3', 'Me')));
      await link.until(5);
      return bench.plain(link.received).slice(2);
    },
    [
      json({ type: 1, target: 'Said', arguments: ['hello'] }),
      result('2', null),
      result('3', { connectionId: '<id 1>', userId: 'ann', roles: ['staff'] }),
    ],
  );
  scene(
    'a stream goes on',
    async (bench) => {
      const link = await open(bench);
      const gate = bench.unique('gate');
      await link.send(record(stream('1', 'Drip', [gate])));
      await link.until(2);
      await refresh(bench, link.connectionToken, await bench.token({ sub: 'ann' }));
      await bench.server.open(gate);
      await link.until(4);
      return link.received.slice(1);
    },
    [item('1', 0), item('1', 1), json({ type: 3, invocationId: '1' })],
  );
  scene(
    'a newer token moves the end',
    async (bench) => {
      const link = await open(bench, [], 1.5);
      const doomed = await open(bench, [], 1.5);
      const later = await bench.token({ sub: 'ann', expiresIn: 60 });
      const { status } = await refresh(bench, link.connectionToken, later);
      bench.renew(link, later);
      await doomed.untilEnded();
      await link.send(record(invoke('1', 'Add', [1, 2])));
      await link.until(2);
      return [status, link.received[1]];
    },
    [200, result('1', 3)],
  );
  scene(
    'without one the connection ends, and may come back',
    async (bench) => {
      const link = await open(bench, [], 1);
      await link.untilEnded();
      return bench.plain(link.received).slice(1);
    },
    {
      WebSockets: [close(undefined, true), closed],
      ServerSentEvents: [close(undefined, true), closed],
      LongPolling: [close(undefined, true), 'poll 401'],
    },
  );
  scene(
    'ten at once are all answered',
    async (bench) => {
      const link = await open(bench);
      const tokens = await Promise.all(Array.from({ length: 10 }, () => bench.token({ sub: 'ann' })));
      const answers = await Promise.all(tokens.map((token) => refresh(bench, link.connectionToken, token)));
      return answers.map(({ status }) => status);
    },
    Array.from({ length: 10 }, () => 200),
  );
  scene(
    'after the end there is nothing to refresh',
    async (bench) => {
      const link = await open(bench);
      await link.send(record(close()));
      await link.untilEnded();
      return refusal(refresh(bench, link.connectionToken, await bench.token({ sub: 'ann' })));
    },
    '404 connection_not_found described',
  );
});
