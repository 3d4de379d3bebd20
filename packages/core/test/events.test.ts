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
