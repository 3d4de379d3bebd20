import { tokenFrom } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, createDeferred, serve, until } from './hub.ts';

it('runs once a link, before the groups and the queued calls', async () => {
  const { server, url, calls } = await serve();
  const links: string[] = [];
  const { hub } = createClient(url, {
    async prepare({ connectionId, invoke, token }) {
      links.push(connectionId);
      expect(token).toBeNull();
      await invoke('Echo', 'prepared');
    },
  });
  hub.join('room');
  const started = hub.start();
  await hub.invoke('Echo', 'queued');
  await started;
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect(calls()).toEqual(['Echo prepared', 'JoinGroup room', 'Echo queued', 'Echo prepared', 'JoinGroup room']);
  expect([new Set(links).size, links.length, links[1]]).toEqual([2, 2, hub.getSnapshot().connectionId]);
});

it('is retried with a new link when it fails', async () => {
  const { url, calls, visits } = await serve();
  let tries = 0;
  const { hub, events } = createClient(url, {
    async prepare({ invoke }) {
      if (++tries < 3) throw new Error('Not yet.');
      await invoke('Echo', 'prepared');
    },
  });
  await hub.start();
  expect([tries, visits.length, calls()]).toEqual([3, 3, ['Echo prepared']]);
  expect(events.map((event) => event.type === 'statusChanged' && event.to)).toEqual(['connecting', 'connected']);
});

it('sees the token of its link, and is told when that is given up', async () => {
  const { server, url } = await serve();
  const seen: (string | null)[] = [];
  const signals: AbortSignal[] = [];
  const { hub } = createClient(url, {
    auth: tokenFrom('a-token'),
    prepare: ({ token, signal }) => {
      seen.push(token);
      signals.push(signal);
      return Promise.resolve();
    },
  });
  await hub.start();
  server.drop();
  await until(hub, ({ gaps }) => gaps === 1);
  expect([seen, signals.map(({ aborted }) => aborted)]).toEqual([
    ['a-token', 'a-token'],
    [true, false],
  ]);
});

it('does not keep stop() waiting', async () => {
  const { server, url } = await serve();
  const preparing = createDeferred();
  const { hub } = createClient(url, {
    prepare() {
      preparing.resolve();
      return new Promise(() => {});
    },
  });
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await preparing.promise;
  await hub.stop();
  await outcome;
  expect(server.connections()).toEqual([]);
});

it('does not hold a late prepare against the next link', async () => {
  const { server, url } = await serve();
  const preparing = createDeferred();
  const gate = createDeferred();
  let links = 0;
  const { hub, types } = createClient(url, {
    async prepare() {
      if (++links > 1) return;
      preparing.resolve();
      await gate.promise;
    },
  });
  hub.join('room');
  const started = hub.start();
  await preparing.promise;
  server.drop();
  await started;
  gate.resolve();
  await hub.invoke('Echo', 'the late one has ended');
  await hub.join('late').ready;
  expect([...server.connections()[0]!.groups]).toEqual(['room', 'late']);
  expect(types('groupFailed')).toEqual([]);
});

it('joins nothing on a link that was stopped under its prepare', async () => {
  const { url, calls } = await serve();
  const preparing = createDeferred();
  const gate = createDeferred();
  const { hub, types } = createClient(url, {
    prepare() {
      preparing.resolve();
      return gate.promise;
    },
  });
  hub.join('room');
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await preparing.promise;
  await hub.stop();
  await outcome;
  gate.resolve();
  await hub.start();
  expect([calls(), types('groupFailed')]).toEqual([['JoinGroup room'], []]);
});
