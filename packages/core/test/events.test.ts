import { type HubMessage, JsonHubProtocol } from '@microsoft/signalr';
import { createHubClient } from '@org/hub-core';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, nextEvent, serve } from './hub.ts';

it('tells listeners in the order they were added, each event before the next', async () => {
  const { url } = await serve();
  const heard: string[] = [];
  const { hub } = createClient(url, { events: { statusChanged: ({ to }) => heard.push(`given ${to}`) } });
  hub.events.on('statusChanged', ({ to }) => heard.push(`first ${to}`));
  hub.events.on('*', ({ type }) => heard.push(`any ${type}`));
  hub.events.on('statusChanged', ({ to }) => heard.push(`second ${to}`));
  await hub.start();
  expect(heard.filter((line) => !line.startsWith('any'))).toEqual([
    'given connecting',
    'first connecting',
    'second connecting',
    'given connected',
    'first connected',
    'second connected',
  ]);
  expect(heard.filter((line) => line.startsWith('any'))).toEqual(['any statusChanged', 'any statusChanged']);
  expect(heard.indexOf('any statusChanged')).toBeLessThan(heard.indexOf('given connected'));
});

it('has an idempotent off that takes away its own listener only', async () => {
  const { url } = await serve();
  const { hub } = createClient(url);
  const heard: string[] = [];
  const listener = (): void => void heard.push('heard');
  const off = hub.events.on('statusChanged', listener);
  hub.events.on('statusChanged', listener);
  off();
  off();
  const started = nextEvent(hub, 'statusChanged');
  await hub.start();
  await started;
  expect(heard).toEqual(['heard', 'heard']);
});

it('survives listeners and subscribers that throw, and logs them', async () => {
  const { url } = await serve();
  const lines: string[] = [];
  const heard: string[] = [];
  const hub = createHubClient({
    url,
    signalr: { WebSocket: WebSocket as never },
    logger: { log: (level, line) => level === 'error' && lines.push(line) },
  });
  const broken = (): never => {
    throw new Error('I am broken.');
  };
  hub.events.on('statusChanged', broken);
  hub.events.on('statusChanged', ({ to }) => heard.push(to));
  hub.subscribe(broken);
  hub.subscribe(() => heard.push('changed'));
  await hub.start();
  await hub.dispose();
  expect(heard).toEqual(expect.arrayContaining(['connecting', 'connected', 'changed']));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.every((line) => line.includes('I am broken.'))).toBe(true);
});

it('survives a logger that throws', async () => {
  const { url } = await serve();
  const { hub } = createClient(url, {
    logger: {
      log() {
        throw new Error('The disk is full.');
      },
    },
  });
  await hub.start();
  expect(hub.getSnapshot().status).toBe('connected');
});

it('fans a message out to its handlers in order, also after one that throws', async () => {
  const { url } = await serve();
  const lines: string[] = [];
  const { hub } = createClient(url, { logger: { log: (level, line) => level === 'error' && lines.push(line) } });
  const heard: unknown[] = [];
  hub.on('Told', (...args) => heard.push(['first', ...args]));
  hub.on('Told', () => {
    throw new Error('I am broken.');
  });
  const off = hub.on('told', (...args) => heard.push(['third', ...args]));
  await hub.start();
  await hub.invoke('Tell', 1, 'a');
  off();
  off();
  hub.on('Told', (...args) => heard.push(['late', ...args]));
  await hub.invoke('Tell', 2);
  expect(heard).toEqual([
    ['first', 1, 'a'],
    ['third', 1, 'a'],
    ['first', 2],
    ['late', 2],
  ]);
  expect(lines).toEqual([expect.stringContaining('I am broken.'), expect.stringContaining('I am broken.')]);
});

it('logs a handler whose promise rejects', async () => {
  const { url } = await serve();
  const lines: string[] = [];
  const { hub } = createClient(url, { logger: { log: (level, line) => level === 'error' && lines.push(line) } });
  hub.on('Told', (() => Promise.reject(new Error('I am broken, too.'))) as never);
  await hub.start();
  await hub.invoke('Tell', 1);
  await hub.invoke('Echo', 'and the rejection has been seen');
  expect(lines).toEqual([expect.stringContaining('I am broken, too.')]);
});

it('sends the result of handle() back to the server', async () => {
  const { url } = await serve();
  const { hub } = createClient(url);
  const heard: unknown[] = [];
  hub.on('Double', (value) => heard.push(value));
  const off = hub.handle('Double', async (value: number) => value * 2);
  await hub.start();
  expect(await hub.invoke('Ask', 'Double', 21)).toBe(42);
  expect(() => hub.handle('double', () => 0)).toThrow(expect.objectContaining({ code: 'configuration' }));
  off();
  off();
  hub.handle('Double', () => 'another');
  expect([await hub.invoke('Ask', 'Double', 1), heard]).toEqual(['another', [21, 1]]);
});

it('answers with an error when handle() throws', async () => {
  const { url } = await serve();
  const { hub } = createClient(url);
  hub.handle('Double', () => {
    throw new Error('I cannot count.');
  });
  await hub.start();
  await expect(hub.invoke('Ask', 'Double', 21)).rejects.toMatchObject({ code: 'method-failed' });
  expect(await hub.invoke('Echo', 'on')).toBe('on');
});

it('hears what comes together in order, also behind a question, and answers that alone', async () => {
  const { url, server } = await serve();
  /** Delivers what the server sends in one piece, as a busy server's socket does. */
  class Together extends JsonHubProtocol {
    readonly #gathered: HubMessage[] = [];
    override parseMessages(...given: Parameters<JsonHubProtocol['parseMessages']>): HubMessage[] {
      this.#gathered.push(...super.parseMessages(...given));
      return this.#gathered.some((message) => 'target' in message && message.target === 'Last')
        ? this.#gathered.splice(0)
        : [];
    }
  }
  const lines: string[] = [];
  const { hub } = createClient(url, {
    signalr: { protocol: new Together() },
    logger: { log: (_, line) => /[Rr]esult/.test(line) && lines.push(line) },
  });
  const heard: unknown[] = [];
  hub.on('Told', (value) => heard.push(value));
  hub.on('Last', () => heard.push('last'));
  hub.handle('Double', (value: number) => {
    heard.push(`double ${value}`);
    return value * 2;
  });
  await hub.start();
  const caller = server.clients.client(hub.getSnapshot().connectionId!);
  await caller.send('Told', 1);
  await caller.send('Double', 2);
  const answer = caller.invoke('Double', 3);
  await caller.send('told', 4);
  await caller.send('double', 5);
  await caller.send('Nobody listens');
  await caller.send('Last');
  expect(await answer).toBe(6);
  expect(heard).toEqual([1, 'double 2', 'double 3', 4, 'double 5', 'last']);
  expect(lines).toEqual([]);
});

it('logs a result handler that fails where nobody asked for its result', async () => {
  const { url } = await serve();
  const lines: string[] = [];
  const { hub } = createClient(url, { logger: { log: (level, line) => level === 'error' && lines.push(line) } });
  hub.handle('Told', (value: number) => {
    if (value === 1) throw new Error('I cannot count.');
    return Promise.reject(new Error('I cannot count either.'));
  });
  await hub.start();
  await hub.invoke('Tell', 1);
  await hub.invoke('Tell', 2);
  await hub.invoke('Echo', 'and the rejection has been seen');
  expect(lines).toEqual([expect.stringContaining('I cannot count.'), expect.stringContaining('count either.')]);
});
