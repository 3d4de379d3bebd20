import { chapter } from '../behaviour.ts';
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { invoke, json, record } from '../frames.ts';
import type { RawLink } from '../links/raw-link.ts';

/** Four links: a and b are Ann's, c is Bob's, d is nobody's. */
async function crowd(bench: Bench): Promise<Record<'a' | 'b' | 'c' | 'd', RawLink>> {
  const ann = await bench.token({ sub: bench.unique('ann') });
  const bob = await bench.token({ sub: bench.unique('bob') });
  const a = await bench.link({ variant: 'crowd', token: ann });
  const b = await bench.link({ variant: 'crowd', token: ann });
  const c = await bench.link({ variant: 'crowd', token: bob });
  const d = await bench.link({ variant: 'crowd' });
  return { a, b, c, d };
}

async function call(link: RawLink, target: string, args: unknown[]): Promise<unknown> {
  const before = link.received.length;
  const id = `call-${before}`;
  await link.send(record(invoke(id, target, args)));
  for (let count = before + 1; ; count += 1) {
    await link.until(count);
    const found = link.received.slice(before).find((text) => text.includes(`"invocationId":"${id}"`));
    if (found || link.ended) return found === undefined ? null : (JSON.parse(found) as { result: unknown }).result;
  }
}

/** Who hears what `a` sends; each is asked for a last answer, so silence is certain. */
async function hearers(
  bench: Bench,
  whom: string,
  names: (links: Record<string, RawLink>) => unknown[] | Promise<unknown[]>,
): Promise<string> {
  const links = await crowd(bench);
  const list = await names(links);
  await call(links.a, 'Send', [whom, list, 'hello']);
  const heard: string[] = [];
  for (const [name, link] of Object.entries(links)) {
    await call(link, 'Nothing', []);
    if (link.received.includes(json({ type: 1, target: 'Said', arguments: ['hello'] }))) heard.push(name);
  }
  return heard.join(' ');
}

async function userOf(link: RawLink): Promise<string> {
  return ((await call(link, 'Me', [])) as { userId: string }).userId;
}

export const groupsAndUsers: readonly Behaviour[] = chapter('groups and users', ({ scene }) => {
  const alone = { alone: true };
  scene('the caller', (bench) => hearers(bench, 'caller', () => []), 'a', alone);
  scene('all', (bench) => hearers(bench, 'all', () => []), 'a b c d', alone);
  scene('the others', (bench) => hearers(bench, 'others', () => []), 'b c d', alone);
  scene(
    'all except',
    (bench) => hearers(bench, 'allExcept', ({ b, d }) => [b!.connectionId, d!.connectionId, 'nobody']),
    'a c',
    alone,
  );
  scene('one client', (bench) => hearers(bench, 'client', ({ c }) => [c!.connectionId]), 'c', alone);
  scene('a client that is not there', (bench) => hearers(bench, 'client', () => ['nobody']), '', alone);
  scene("a user's connections", (bench) => hearers(bench, 'user', async ({ a }) => [await userOf(a!)]), 'a b', alone);
  scene(
    'several users',
    (bench) => hearers(bench, 'users', async ({ a, c }) => [await userOf(a!), await userOf(c!)]),
    'a b c',
    alone,
  );
  scene('a user who is not there', (bench) => hearers(bench, 'user', () => ['nobody']), '', alone);

  async function inRoom(links: Record<string, RawLink>, room: string, ...names: string[]): Promise<unknown[]> {
    for (const name of names) await call(links[name]!, 'Join', [room]);
    return [room];
  }
  scene(
    'a group',
    (bench) => hearers(bench, 'group', (links) => inRoom(links, bench.unique('room'), 'a', 'c')),
    'a c',
    alone,
  );
  scene('a group that is empty', (bench) => hearers(bench, 'group', () => [bench.unique('room')]), '', alone);
  scene(
    'the others in a group',
    (bench) => hearers(bench, 'othersInGroup', (links) => inRoom(links, bench.unique('room'), 'a', 'c')),
    'c',
    alone,
  );
  scene(
    'a group except',
    (bench) =>
      hearers(bench, 'groupExcept', async (links) => [
        ...(await inRoom(links, bench.unique('room'), 'a', 'b', 'c')),
        links['b']!.connectionId,
      ]),
    'a c',
    alone,
  );
  scene(
    'several groups, and one who is in both hears twice',
    async (bench) => {
      const [first, second] = [bench.unique('room'), bench.unique('room')];
      const links = await crowd(bench);
      await inRoom(links, first, 'b', 'c');
      await inRoom(links, second, 'c');
      await call(links.a, 'Send', ['groups', [first, second], 'hello']);
      const counts: string[] = [];
      for (const [name, link] of Object.entries(links)) {
        await call(link, 'Nothing', []);
        counts.push(`${name} ${link.received.filter((text) => text.includes('Said')).length}`);
      }
      return counts.join(', ');
    },
    'a 0, b 1, c 2, d 0',
    alone,
  );
  scene(
    'joining twice is joining once',
    (bench) => hearers(bench, 'group', (links) => inRoom(links, bench.unique('room'), 'b', 'b')),
    'b',
    alone,
  );
  scene(
    'names of groups know upper and lower case',
    async (bench) =>
      hearers(bench, 'group', async (links) => {
        const room = bench.unique('room');
        await inRoom(links, room, 'b');
        return [room.toUpperCase()];
      }),
    '',
    alone,
  );
  scene(
    'who leaves hears no more',
    (bench) =>
      hearers(bench, 'group', async (links) => {
        const room = bench.unique('room');
        await inRoom(links, room, 'a', 'b');
        await call(links['b']!, 'Leave', [room]);
        return [room];
      }),
    'a',
    alone,
  );
  scene(
    'leaving a group without being in it is nothing',
    async (bench) => {
      const link = await bench.link({ variant: 'crowd' });
      return call(link, 'Leave', [bench.unique('room')]);
    },
    null,
  );
  scene(
    'adding a connection that is not there is nothing',
    async (bench) => {
      const link = await bench.link({ variant: 'crowd' });
      return call(link, 'JoinOther', [bench.unique('room'), 'nobody']);
    },
    null,
  );
  scene(
    'one connection may add another',
    (bench) =>
      hearers(bench, 'group', async (links) => {
        const room = bench.unique('room');
        await call(links['a']!, 'JoinOther', [room, links['d']!.connectionId]);
        return [room];
      }),
    'd',
    alone,
  );
  scene(
    'who has gone is in no group',
    (bench) =>
      hearers(bench, 'group', async (links) => {
        const room = bench.unique('room');
        await inRoom(links, room, 'b', 'd');
        await links['d']!.send(record(json({ type: 7 })));
        await bench.server.fact('disconnected', links['d']!.connectionId);
        return [room];
      }),
    'b',
    alone,
  );
  scene(
    'the sender hears her message before the answer to her call',
    async (bench) => {
      const link = await bench.link({ variant: 'crowd' });
      await link.send(record(invoke('1', 'Send', ['caller', [], 'hello'])));
      await link.until(3);
      return bench.plain(link.received).slice(1);
    },
    [json({ type: 1, target: 'Said', arguments: ['hello'] }), json({ type: 3, invocationId: '1', result: null })],
  );
});
