import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { close, invoke, json, record, recordsOf, result, shaken } from '../frames.ts';
import { closed, recordSeparator } from '../links/raw-link.ts';
import type { RawLink } from '../links/raw-link.ts';

const challenge = { show: ['content-type', 'www-authenticate'] };
const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
const path = 'secured/negotiate?negotiateVersion=1';

async function me(link: RawLink): Promise<unknown> {
  await link.send(record(invoke('me', 'Me')));
  await link.until(2);
  const answer = JSON.parse(link.received[1]!) as { result: { userId: string | null; roles: string[] } };
  return { userId: answer.result.userId, roles: answer.result.roles };
}

export const authentication: readonly Behaviour[] = chapter('authentication', ({ http, scene }) => {
  const refused = (status: number, header?: string): object => ({
    status,
    headers: header === undefined ? {} : { 'www-authenticate': header },
    body: '',
  });
  http(
    'negotiate without a token: 401, and a bare challenge',
    (bench) => bench.request('POST', path, challenge),
    refused(401, 'Bearer'),
  );
  http(
    'negotiate with nonsense: 401, invalid token',
    (bench) => bench.request('POST', path, { ...challenge, headers: bearer('nonsense') }),
    refused(401, 'Bearer error="invalid_token"'),
  );
  http(
    'negotiate with a foreign signature: 401, and why',
    async (bench) => {
      const token = await bench.token({ sub: 'ann' });
      const [header, payload] = token.split('.');
      return bench.request('POST', path, { ...challenge, headers: bearer(`${header}.${payload}.${'A'.repeat(43)}`) });
    },
    refused(401, 'Bearer error="invalid_token", error_description="The signature key was not found"'),
  );
  http(
    'negotiate with an expired token: 401, and since when',
    async (bench) => {
      const answer = await bench.request('POST', path, {
        ...challenge,
        headers: bearer(await bench.token({ sub: 'ann', expiresIn: -60 })),
      });
      return { ...answer, headers: { 'www-authenticate': answer.headers['www-authenticate']?.replace(/\d+/g, '0') } };
    },
    refused(401, `Bearer error="invalid_token", error_description="The token expired at '0/0/0 0:0:0'"`),
  );
  http(
    'a token may come with the query',
    async (bench) => (await bench.request('POST', `${path}&access_token=${await bench.token({ sub: 'ann' })}`)).status,
    200,
  );
  http(
    'another scheme is no token',
    (bench) => bench.request('POST', path, { ...challenge, headers: { Authorization: 'Basic YTpi' } }),
    refused(401, 'Bearer'),
  );
  http(
    'the name of the scheme in any case',
    async (bench) =>
      (await bench.request('POST', path, { headers: { Authorization: `bearer ${await bench.token({ sub: 'ann' })}` } }))
        .status,
    200,
  );
  http(
    'a user without the role: 403',
    async (bench) =>
      bench.request('POST', 'staff/negotiate?negotiateVersion=1', {
        ...challenge,
        headers: bearer(await bench.token({ sub: 'ann' })),
      }),
    refused(403),
  );
  http(
    'a user with the role',
    async (bench) =>
      (
        await bench.request('POST', 'staff/negotiate?negotiateVersion=1', {
          headers: bearer(await bench.token({ sub: 'ann', roles: ['staff'] })),
        })
      ).status,
    200,
  );
  http(
    'where visitors are welcome a bad token is one',
    async (bench) =>
      (await bench.request('POST', 'plain/negotiate?negotiateVersion=1', { headers: bearer('nonsense') })).status,
    200,
  );
  http(
    'a poll without a token: 401',
    (bench) => bench.request('GET', 'secured?id=x', challenge),
    refused(401, 'Bearer'),
  );
  http(
    'a POST without a token: 401',
    (bench) => bench.request('POST', 'secured?id=x', challenge),
    refused(401, 'Bearer'),
  );
  http(
    'a DELETE without a token: 401',
    (bench) => bench.request('DELETE', 'secured?id=x', challenge),
    refused(401, 'Bearer'),
  );
  http('the token is looked at before the id', async (bench) => (await bench.request('GET', 'secured')).status, 401);
  http(
    'a negotiate that is no POST needs a token first',
    async (bench) => (await bench.request('GET', path)).status,
    401,
  );

  scene(
    'a connection is its user',
    async (bench) =>
      me(await bench.link({ variant: 'secured', token: await bench.token({ sub: 'ann', roles: ['staff', 'more'] }) })),
    { userId: 'ann', roles: ['staff', 'more'] },
  );
  scene('a visitor is nobody', async (bench) => me(await bench.link()), { userId: null, roles: [] });
  scene(
    'a token is good where none is asked for',
    async (bench) => me(await bench.link({ token: await bench.token({ sub: 'ann' }) })),
    { userId: 'ann', roles: [] },
  );
  scene(
    'a connection is refused without its token',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('secured', await bench.token({ sub: 'ann' }));
      return bench.reopen('secured', connectionToken);
    },
    '401',
    { port: 'WebSockets' },
  );
  for (const [name, roles, answer] of [
    ['a method for members is open to a user', [], { Members: 'welcome', Staff: null }],
    ['a method for a role is open to it', ['staff'], { Members: 'welcome', Staff: 'welcome' }],
  ] as const) {
    scene(
      name,
      async (bench) => {
        const link = await bench.link({ token: await bench.token({ sub: 'ann', roles }) });
        const answers: Record<string, unknown> = {};
        for (const [index, method] of ['Members', 'Staff'].entries()) {
          await link.send(record(invoke('1', method)));
          await link.until(index + 2);
          answers[method] = (JSON.parse(link.received[index + 1]!) as { result?: unknown }).result ?? null;
        }
        return answers;
      },
      answer,
    );
  }
  scene(
    'a POST for another user is taken',
    async (bench) => {
      const link = await bench.link({ variant: 'secured', token: await bench.token({ sub: 'ann' }) });
      return bench.request('POST', `secured?id=${link.connectionToken}`, {
        headers: bearer(await bench.token({ sub: 'bob' })),
        body: `{"type":6}${recordSeparator}`,
      });
    },
    { status: 200, headers: { 'content-type': 'text/plain' }, body: '' },
    { on: ['ServerSentEvents', 'LongPolling'] },
  );
  scene(
    'a poll for another user is answered with what is for the first, who stays the user',
    async (bench) => {
      const link = await bench.link({
        variant: 'secured',
        token: await bench.token({ sub: 'ann', name: 'Ann', unique_name: 'Ann' }),
      });
      const headers = bearer(await bench.token({ sub: 'bob', name: 'Bob', unique_name: 'Bob', roles: ['staff'] }));
      await bench.settled();
      const poll = bench.request('GET', `secured?id=${link.connectionToken}`, { headers });
      await link.untilEnded();
      await link.send(record(invoke('1', 'Me')));
      return [bench.plain(link.received), bench.plain(recordsOf((await poll).body))];
    },
    [
      [shaken, closed],
      [json({ type: 3, invocationId: '1', result: { connectionId: '<id 1>', userId: 'ann', roles: [] } })],
    ],
    { on: ['LongPolling'] },
  );
  scene(
    'a DELETE for another user',
    async (bench) => {
      const link = await bench.link({ variant: 'secured', token: await bench.token({ sub: 'ann' }) });
      return bench.request('DELETE', `secured?id=${link.connectionToken}`, {
        headers: bearer(await bench.token({ sub: 'bob' })),
      });
    },
    { status: 202, headers: { 'content-type': 'text/plain' }, body: '' },
    { on: ['LongPolling'] },
  );
  scene(
    'opened by another user than the one who negotiated',
    async (bench) => {
      const { connectionToken } = await bench.negotiate('secured', await bench.token({ sub: 'ann' }));
      return bench.reopen('secured', connectionToken, await bench.token({ sub: 'bob' }));
    },
    'opened',
  );
});

/** A connection whose token has this many seconds. */
async function shortLived(bench: Bench, expiresIn: number): Promise<RawLink & { token: string }> {
  const token = await bench.token({ sub: 'ann', expiresIn });
  return Object.assign(await bench.link({ variant: 'expiring', token }), { token });
}

export const expiry: readonly Behaviour[] = chapter('expiry', ({ scene }) => {
  scene(
    'the hub says Close and lets the client come back',
    async (bench) => {
      const link = await shortLived(bench, 1);
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
    'OnDisconnectedAsync hears no error',
    async (bench) => {
      const link = await shortLived(bench, 1);
      return (await bench.server.fact('disconnected', link.connectionId)).text;
    },
    '',
  );
  scene(
    'a hub without closeOnAuthenticationExpiration lets an old token live',
    async (bench) => {
      const link = await bench.link({ variant: 'secured', token: await bench.token({ sub: 'ann', expiresIn: 1 }) });
      const doomed = await shortLived(bench, 1);
      await doomed.untilEnded();
      await link.send(record(invoke('1', 'Add', [1, 2])));
      await link.until(2);
      return link.received[1];
    },
    result('1', 3),
    { on: ['WebSockets'] },
  );
  scene(
    'a call that waits for its turn is not answered',
    async (bench) => {
      const gate = bench.unique('gate');
      const link = await shortLived(bench, 1);
      await link.send(record(invoke('1', 'Wait', [gate])));
      await link.untilEnded();
      return bench.plain(link.received).slice(1);
    },
    [close(undefined, true), closed],
    { on: ['WebSockets', 'ServerSentEvents'] },
  );
  scene(
    'from then on a POST is refused',
    async (bench) => {
      const link = await shortLived(bench, 1);
      await link.untilEnded();
      return link.send(record(invoke('1', 'Add', [1, 2])));
    },
    401,
    { on: ['ServerSentEvents', 'LongPolling'] },
  );
  scene(
    'a newer token on its polls keeps a connection',
    async (bench) => {
      const doomed = await shortLived(bench, 1);
      const link = await shortLived(bench, 1);
      bench.renew(link, await bench.token({ sub: 'ann', expiresIn: 60 }));
      await link.send(record(invoke('1', 'Add', [1, 2])));
      await doomed.untilEnded();
      await link.send(record(invoke('2', 'Add', [2, 2])));
      await link.until(3);
      return bench.plain(link.received).slice(1);
    },
    [result('1', 3), result('2', 4)],
    { on: ['LongPolling'] },
  );
});
