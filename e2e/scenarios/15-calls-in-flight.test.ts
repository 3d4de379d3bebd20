import { expect, it } from 'vitest';
import { createClient, nextEvent, signIn, startServers, until } from './client.ts';

it('15. a call whose connection dies after the server ran it is never sent again', async () => {
  const { lab, endpoint } = await startServers();
  const { source } = await signIn(endpoint);
  const { hub } = createClient(lab.url, { auth: source });
  await hub.start();
  const calls = ['a', 'b', 'c'].map((tag) => hub.invoke('Slow', 2_000, tag));
  const failed = Promise.allSettled(calls);
  await lab.waitFor('three calls run', (facts) => facts.calls.filter(({ method }) => method === 'Slow').length === 3);

  await lab.drop();

  const lost = { status: 'rejected', reason: { code: 'connection-lost', sent: 'unknown', method: 'Slow' } };
  expect(await failed).toMatchObject([lost, lost, lost]);
  await until(hub, ({ gaps }) => gaps === 1);
  expect(await Promise.all(['a', 'b', 'c'].map((tag) => hub.invoke('Count', tag)))).toEqual([1, 1, 1]);
});

it.each([
  ['one by one', {}],
  ['in one call', { joinMany: 'JoinGroups' }],
])(
  '15. calls made while reconnecting are sent once, in order, after the groups, which are joined %s',
  async (_, groups) => {
    const { lab, endpoint } = await startServers({ lab: { joinDelay: 100 } });
    const { source } = await signIn(endpoint);
    const { hub } = createClient(lab.url, { auth: source, groups });
    for (const name of ['one', 'two', 'three']) hub.join(name);
    await hub.start();
    await lab.forget();
    await lab.reject(503, { times: 2 });
    const lost = nextEvent(hub, 'reconnecting');
    await lab.drop();
    await lost;

    // Before the link, while it is being made, and while the groups are being joined.
    const first = Array.from({ length: 50 }, (__, number) => hub.invoke('Echo', number));
    const sent = hub.send('Slow', 0, 'sent');
    await lab.waitFor('a join', ({ joins }) => joins.calls.length > 0);
    expect(hub.getSnapshot().status).toBe('reconnecting');
    const second = Array.from({ length: 50 }, (__, number) => hub.invoke('Echo', 50 + number));
    const refused = hub.with({ whenDisconnected: 'reject' }).invoke('Echo', 'now or never');
    await expect(refused).rejects.toMatchObject({ code: 'connection-lost', sent: 'no' });

    expect(await Promise.all([...first, ...second])).toEqual(Array.from({ length: 100 }, (__, number) => number));
    await sent;
    expect(await hub.invoke('Count', 'sent')).toBe(1);
    const calls = (await lab.calls()).filter(({ method }) => method !== 'Count');
    const joins = calls.filter(({ method }) => method.startsWith('Join'));
    expect(calls.slice(0, joins.length)).toEqual(joins);
    expect(calls.slice(joins.length).map(({ method, args }) => (method === 'Echo' ? args[0] : method))).toEqual([
      ...Array.from({ length: 50 }, (__, number) => number),
      'Slow',
      ...Array.from({ length: 50 }, (__, number) => 50 + number),
    ]);
    const { joins: all } = await lab.waitFor(
      'all joins',
      (facts) => facts.joins.calls.every(({ outcome }) => outcome === 'joined') && facts,
    );
    expect(all.calls.flatMap((call) => call.groups).sort()).toEqual(['one', 'three', 'two']);
  },
);
