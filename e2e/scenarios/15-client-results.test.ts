import { tokenFrom } from '@org/hub-core';
import type { HubClient, HubOptions } from '@org/hub-core';
import EventSource from 'eventsource';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDeferred } from '../lab/deferred.ts';
import { startLab } from '../lab/index.ts';
import type { Lab, LabHub } from '../lab/index.ts';
import { createClient, everyNumberTo, nextEvent, unhandledRejections, until } from './client.ts';

/** The contract of these tests: what the server asks clients. */
interface AskingHub extends LabHub {
  client: LabHub['client'] & {
    Question(number: number): Promise<number>;
    Echoed(text: string): Promise<string[]>;
  };
}

const nothing = "Client didn't provide a result.";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  await lab.close();
});

async function connect(options: Partial<HubOptions> = {}): Promise<HubClient<AskingHub>> {
  const auth = tokenFrom(() => lab.issue({ sub: 'ann', expiresIn: 300 }));
  const hub = createClient(lab.url, { auth, ...options }).hub as unknown as HubClient<AskingHub>;
  await hub.start();
  return hub;
}

const idOf = (hub: HubClient<AskingHub>): string => hub.getSnapshot().connectionId ?? '';

it.each(['WebSockets', 'ServerSentEvents', 'LongPolling'] as const)(
  '15. over %s a client answers, also what takes time and what needs the hub itself',
  async (transport) => {
    const hub = await connect({ signalr: { transport, EventSource: EventSource as never } });
    hub.handle('Question', (number) => number + 1);
    hub.handle('Echoed', async (text) => (await hub.invoke('Echo', [text])) as string[]);
    expect(await hub.invoke('AskClient', 'Question', 41)).toBe(42);
    expect(await Promise.all(everyNumberTo(20).map((number) => lab.ask(idOf(hub), 'Question', number)))).toEqual(
      everyNumberTo(20).map((number) => number + 1),
    );
    expect(await hub.invoke('AskClient', 'Echoed', 'hello')).toEqual(['hello']);
  },
);

it('15. a server that asks where nobody answers is told at once, and so is one whose question fails', async () => {
  const unhandled = unhandledRejections();
  const hub = await connect();
  const ask = (): Promise<unknown> => lab.ask(idOf(hub), 'Question', 1);
  await expect(ask()).rejects.toThrow(nothing);
  const heard: number[] = [];
  // Who only listens does not answer.
  hub.on('Question', (number) => void heard.push(number));
  await expect(ask()).rejects.toThrow(nothing);

  const off = hub.handle('Question', (number) => number + 1);
  expect(await ask()).toBe(2);
  off();
  await expect(ask()).rejects.toThrow(nothing);
  const offThrowing = hub.handle('Question', () => {
    throw new Error('no idea');
  });
  await expect(ask()).rejects.toThrow('no idea');
  offThrowing();
  const offRejecting = hub.handle('Question', () => Promise.reject(new Error('no idea yet')));
  await expect(ask()).rejects.toThrow('no idea yet');
  offRejecting();
  hub.handle('Question', (number) => number + 2);
  // An off of before takes nothing away that came later.
  off();
  expect(await ask()).toBe(3);

  expect(heard).toEqual([1, 1, 1, 1, 1, 1]);
  await expect(hub.invoke('AskClient', 'Nobody', 1)).rejects.toMatchObject({ code: 'method-failed', sent: 'yes' });
  expect(unhandled).toEqual([]);
});

it('15. a connection that dies while a handler works: the server is told, the client stays clean and answers again', async () => {
  const unhandled = unhandledRejections();
  const hub = await connect();
  const [asked, answer] = [createDeferred<void>(), createDeferred<number>()];
  const questions: number[] = [];
  hub.handle('Question', (number) => {
    questions.push(number);
    asked.resolve();
    return number === 1 ? answer.promise : number;
  });
  const first = idOf(hub);
  const told = expect(lab.ask(first, 'Question', 1)).rejects.toThrow(`Connection '${first}' disconnected.`);
  await asked.promise;

  const restored = nextEvent(hub as never, 'restored');
  await lab.drop();
  await told;
  await restored;
  answer.resolve(42);

  expect(await lab.ask(idOf(hub), 'Question', 2)).toBe(2);
  expect(await hub.invoke('AskClient', 'Question', 3)).toBe(3);
  expect(questions).toEqual([1, 2, 3]);
  expect(unhandled).toEqual([]);
});

it('15. a client that is still on its way back to its groups answers', async () => {
  const hub = await connect();
  hub.handle('Question', (number) => number + 1);
  await hub.join('room').ready;
  await lab.setJoinDelay(500);
  const lost = nextEvent(hub as never, 'reconnecting');
  const before = idOf(hub);
  await lab.drop();
  await lost;

  const { connectionId } = await lab.waitFor('the next connection', ({ connections }) =>
    connections.find((connection) => connection.connectionId !== before),
  );
  expect(await lab.ask(connectionId, 'Question', 1)).toBe(2);
  expect(hub.getSnapshot().status).toBe('reconnecting');

  await lab.setJoinDelay(0);
  await until(hub as never, ({ status }) => status === 'connected');
  expect([idOf(hub), await lab.ask(connectionId, 'Question', 2)]).toEqual([connectionId, 3]);
});

it('15. while two connections overlap each answers what it is asked, at once and once', async () => {
  const hub = await connect({ rotation: 'overlap' });
  const questions: number[] = [];
  hub.handle('Question', (number) => {
    questions.push(number);
    return number + 1;
  });
  await hub.join('room').ready;
  await lab.setJoinDelay(500);
  const first = idOf(hub);

  const rotated = hub.refreshAuthentication();
  const { connectionId: second } = await lab.waitFor('the second connection', ({ connections }) =>
    connections.find(({ connectionId }) => connectionId !== first),
  );
  expect([await lab.ask(first, 'Question', 1), await lab.ask(second, 'Question', 2)]).toEqual([2, 3]);
  // Nobody answers this: the server is not kept waiting for the end of the overlap.
  await expect(lab.ask(second, 'Nobody')).rejects.toThrow(nothing);
  expect(hub.getSnapshot()).toMatchObject({ status: 'connected', connectionId: first });

  await lab.setJoinDelay(0);
  await rotated;
  expect([idOf(hub), await lab.ask(second, 'Question', 3)]).toEqual([second, 4]);
  expect(questions).toEqual([1, 2, 3]);
  expect(hub.getSnapshot().gaps).toBe(0);
});

it('15. questions under twenty overlaps are answered, each once', async () => {
  /** What the first connection was asked and has not heard: it does not go before, or nobody could answer. */
  const onTheWay = new Set<number>();
  let allHeard = createDeferred<void>();
  allHeard.resolve();
  const hub = await connect({ rotation: 'overlap', prepare: () => allHeard.promise });
  const questions: number[] = [];
  hub.handle('Question', (number) => {
    questions.push(number);
    if (onTheWay.delete(number) && onTheWay.size === 0) allHeard.resolve();
    return number + 1;
  });
  const outcomes: Promise<unknown>[] = [];
  let number = 0;
  const ask = (connectionId: string): number => {
    outcomes.push(lab.ask(connectionId, 'Question', ++number));
    return number;
  };

  for (const _ of everyNumberTo(20)) {
    const first = idOf(hub);
    allHeard = createDeferred();
    const rotated = hub.refreshAuthentication();
    for (let asked = 0; asked < 2; asked += 1) onTheWay.add(ask(first));
    const second = await lab.waitFor('the second connection', ({ connections }) =>
      connections.find(({ connectionId }) => connectionId !== first),
    );
    ask(second.connectionId);
    await rotated;
  }

  expect(await Promise.all(outcomes)).toEqual(everyNumberTo(60).map((asked) => asked + 1));
  expect(questions.toSorted((a, b) => a - b)).toEqual(everyNumberTo(60));
});
