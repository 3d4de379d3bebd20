import { tokenFrom } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, createDeferred, nextEvent, serve, until } from './hub.ts';

it('does nothing before start()', async () => {
  const { url, visits } = await serve();
  let asked = 0;
  const { hub, events } = createClient(() => (asked++, url), { auth: tokenFrom(() => (asked++, 'token')) });
  hub.join('room');
  hub.on('Told', () => {});
  expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', auth: 'unknown', error: null });
  await expect(hub.invoke('Echo', 1)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  expect([asked, visits, events]).toEqual([0, [], []]);
});

it('makes one connection of two starts', async () => {
  const { url, visits } = await serve();
  const { hub, events } = createClient(url);
  await Promise.all([hub.start(), hub.start()]);
  await hub.start();
  expect(visits).toEqual(['negotiated null']);
  expect(events).toEqual([
    { type: 'statusChanged', from: 'disconnected', to: 'connecting', cause: null },
    { type: 'statusChanged', from: 'connecting', to: 'connected', cause: null },
  ]);
});

it('lets stop() win over a start under way', async () => {
  const { server, url } = await serve();
  const address = createDeferred<string>();
  const { hub, types } = createClient(() => address.promise);
  const started = hub.start();
  const stopped = hub.stop();
  address.resolve(url);
  await expect(started).rejects.toMatchObject({ code: 'closed' });
  await stopped;
  expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', error: null });
  expect([server.connections(), types('restored')]).toEqual([[], []]);
});

it('stops in the middle of a negotiate that hangs', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url);
  server.freeze();
  const started = hub.start();
  const outcome = expect(started).rejects.toMatchObject({ code: 'closed' });
  await until(hub, ({ status }) => status === 'connecting');
  await hub.stop();
  await outcome;
  server.thaw();
  expect(hub.getSnapshot().status).toBe('disconnected');
});

it('rejects only the start() that is aborted', async () => {
  const { url, visits } = await serve();
  const address = createDeferred<string>();
  const { hub } = createClient(() => address.promise);
  const abort = new AbortController();
  const aborted = hub.start({ signal: abort.signal });
  const started = hub.start();
  abort.abort('enough');
  await expect(aborted).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  address.resolve(url);
  await started;
  expect([hub.getSnapshot().status, visits]).toEqual(['connected', ['negotiated null']]);
});

it('stops a client that is not connected when its last start() is aborted', async () => {
  const { url, visits } = await serve();
  const address = createDeferred<string>();
  const { hub } = createClient(() => address.promise);
  const abort = new AbortController();
  const started = hub.start({ signal: abort.signal });
  abort.abort();
  address.resolve(url);
  await expect(started).rejects.toMatchObject({ code: 'aborted' });
  await until(hub, ({ status }) => status === 'disconnected');
  expect(visits).toEqual([]);
});

it('keeps the connection when a start() is aborted after it', async () => {
  const { url } = await serve();
  const { hub } = createClient(url);
  const abort = new AbortController();
  await hub.start({ signal: abort.signal });
  abort.abort();
  expect(await hub.invoke('Echo', 'still here')).toBe('still here');
});

it('rejects a start() with a signal that is aborted already, and does nothing', async () => {
  const { url, visits } = await serve();
  const { hub, events } = createClient(url);
  await expect(hub.start({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  expect([visits, events]).toEqual([[], []]);
});

it('starts again after stop(), with its groups and handlers', async () => {
  const { server, url, visits } = await serve();
  const { hub } = createClient(url);
  const told: unknown[] = [];
  hub.on('Told', (text) => told.push(text));
  hub.join('room');
  await hub.start();
  const first = hub.getSnapshot().connectionId;
  await hub.stop();
  expect([hub.getSnapshot().status, hub.getSnapshot().connectionId]).toEqual(['disconnected', null]);
  await hub.start();
  await hub.invoke('Tell', 'again');
  expect(hub.getSnapshot().connectionId).not.toBe(first);
  expect([visits.length, told, [...(server.connections()[0]?.groups ?? [])]]).toEqual([2, ['again'], ['room']]);
});

it('resolves stop() when the server has finished with the connection', async () => {
  const finishing = createDeferred();
  const order: string[] = [];
  const { url } = await serve({
    async onDisconnected() {
      order.push('OnDisconnected runs');
      await finishing.promise;
      order.push('OnDisconnected is done');
    },
  });
  const { hub } = createClient(url, {
    events: {
      statusChanged: ({ to }) => {
        order.push(to);
        if (to === 'disconnecting') finishing.resolve();
      },
    },
  });
  await hub.start();
  await hub.stop();
  order.push('stopped');
  expect(order.slice(-1)).toEqual(['stopped']);
  expect(order.indexOf('OnDisconnected is done')).toBeLessThan(order.indexOf('disconnected'));
  expect(order.indexOf('OnDisconnected is done')).toBeGreaterThan(0);
});

it('starts after a stop() that had nothing to close', async () => {
  const { url } = await serve();
  const { hub } = createClient(url);
  await hub.stop();
  await hub.start();
  expect(hub.getSnapshot().status).toBe('connected');
});

it('starts after a stop() that came before there was a connection', async () => {
  const { url } = await serve();
  const address = createDeferred<string>();
  const { hub } = createClient(() => address.promise);
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await hub.stop();
  await outcome;
  address.resolve(url);
  await hub.start();
  expect(hub.getSnapshot().status).toBe('connected');
});

it('closes once when it is stopped twice', async () => {
  const { url } = await serve();
  const { hub, events } = createClient(url);
  await hub.start();
  await Promise.all([hub.stop(), hub.stop()]);
  expect(events.map((event) => event.type === 'statusChanged' && event.to)).toEqual([
    'connecting',
    'connected',
    'disconnecting',
    'disconnected',
  ]);
});

it('starts after a stop() that is still under way', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  const stopped = hub.stop();
  const started = hub.start();
  await Promise.all([stopped, started]);
  expect([hub.getSnapshot().status, server.connections().length]).toEqual(['connected', 1]);
});

it('is finished for good after dispose()', async () => {
  const { server, url } = await serve();
  const { hub } = createClient(url);
  await hub.start();
  await hub.dispose();
  await hub.dispose();
  expect(server.connections()).toEqual([]);
  await expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await expect(hub.invoke('Echo', 1)).rejects.toMatchObject({ code: 'closed' });
  await hub.stop();
});

it('rejects a start under way on dispose(), and tells no listener afterwards', async () => {
  const { url } = await serve();
  const { hub, events } = createClient(url);
  const started = hub.start();
  const outcome = expect(started).rejects.toMatchObject({ code: 'closed' });
  await hub.dispose();
  await outcome;
  const told = events.length;
  expect(hub.getSnapshot().status).toBe('disconnected');
  await Promise.resolve();
  expect(events.length).toBe(told);
});

it('may be stopped and started from a listener', async () => {
  const { url, visits } = await serve();
  const { hub } = createClient(url);
  const again = new Promise<void>((resolve, reject) => {
    const off = hub.events.on('statusChanged', ({ to }) => {
      if (to !== 'connected') return;
      off();
      hub
        .stop()
        .then(() => hub.start())
        .then(resolve, reject);
    });
  });
  await hub.start();
  await again;
  expect([hub.getSnapshot().status, visits.length]).toEqual(['connected', 2]);
});

it('publishes the same snapshot until something has changed, and a frozen one', async () => {
  const { url } = await serve();
  const { hub } = createClient(url);
  const snapshots: unknown[] = [];
  const off = hub.subscribe(() => snapshots.push(hub.getSnapshot()));
  await hub.start();
  expect(hub.getSnapshot()).toBe(hub.getSnapshot());
  expect(Object.isFrozen(hub.getSnapshot())).toBe(true);
  off();
  off();
  const seen = snapshots.length;
  expect(new Set(snapshots).size).toBe(seen);
  const stopped = nextEvent(hub, 'statusChanged');
  await hub.stop();
  await stopped;
  expect(snapshots.length).toBe(seen);
});

it('lets stop() win that is called when a link is given up', async () => {
  const { server, url, visits } = await serve();
  const { hub } = createClient(url, {
    prepare: ({ signal }) => Promise.resolve(signal.addEventListener('abort', () => void hub.stop())),
  });
  await hub.start();
  server.drop();
  await until(hub, ({ status }) => status === 'disconnected');
  await expect(hub.invoke('Echo', 1)).rejects.toMatchObject({ code: 'closed', sent: 'no' });
  expect(visits.length).toBe(1);
});
