/**
 * What the client costs on top of raw `@microsoft/signalr`, on the same server in the same run: calls one after the other,
 * and messages from the server to one handler and to ten. Medians of several rounds, the two in turn, so that a noisy machine
 * disturbs both alike.
 */
import { setImmediate } from 'node:timers/promises';
import { createHubClient } from '@org/hub-core';
import { createTestHub } from '@org/hub-testing';
import { HubConnectionBuilder, type IHttpConnectionOptions, LogLevel } from '@microsoft/signalr';
import { WebSocket } from 'ws';
import { printTable, spread } from './table.ts';

const calls = 2_000;
const messages = 20_000;
const rounds = 7;

interface Contestant {
  invoke(value: number): Promise<unknown>;
  heard: number;
}

const server = createTestHub({
  methods: {
    Echo: (_call, value: number) => value,
    async Burst(call, method: string, count: number) {
      for (let number = 0; number < count; number++) void call.clients.caller.send(method, number);
    },
  },
});
const { url, close } = await server.listen();

const raw = new HubConnectionBuilder()
  .withUrl(url, { WebSocket } as unknown as IHttpConnectionOptions)
  .configureLogging(LogLevel.None)
  .build();
const ours = createHubClient({ url, signalr: { WebSocket: WebSocket as never } });
await Promise.all([raw.start(), ours.start()]);

const contestants: Record<string, Contestant & { burst(method: string): Promise<unknown> }> = {
  raw: {
    heard: 0,
    invoke: (value) => raw.invoke('Echo', value),
    burst: (method) => raw.invoke('Burst', method, messages),
  },
  ours: {
    heard: 0,
    invoke: (value) => ours.invoke('Echo', value),
    burst: (method) => ours.invoke('Burst', method, messages),
  },
};
raw.on('Tick', () => void contestants['raw']!.heard++);
for (let handler = 0; handler < 10; handler++) raw.on('Many', () => void (contestants['raw']!.heard += 0.1));
ours.on('Tick', () => void contestants['ours']!.heard++);
for (let handler = 0; handler < 10; handler++) ours.on('Many', () => void (contestants['ours']!.heard += 0.1));

const timings: Record<string, { calls: number[]; messages: number[]; many: number[] }> = {};
for (let round = 0; round <= rounds; round++) {
  for (const [name, contestant] of Object.entries(contestants)) {
    const calling = await timed(async () => {
      for (let value = 0; value < calls; value++) await contestant.invoke(value);
    });
    const burst = async (method: string): Promise<number> => {
      contestant.heard = 0;
      const took = await timed(async () => {
        await contestant.burst(method);
        // SignalR awaits each handler: it is not through when the answer comes.
        for (let turn = 0; turn < 1_000 && Math.round(contestant.heard) < messages; turn++) await setImmediate();
      });
      if (Math.round(contestant.heard) !== messages)
        throw new Error(`${name} heard ${contestant.heard} of ${messages}.`);
      return messages / took / 1000;
    };
    const [one, ten] = [await burst('Tick'), await burst('Many')];
    // The first round warms up.
    if (round === 0) timings[name] = { calls: [], messages: [], many: [] };
    else {
      timings[name]!.calls.push(calls / calling / 1000);
      timings[name]!.messages.push(one);
      timings[name]!.many.push(ten);
    }
  }
}
printTable(
  `Thousands a second: median (slowest–fastest) of ${rounds} rounds`,
  Object.fromEntries(
    Object.entries(timings).map(([name, figures]) => [
      name,
      {
        'calls, one after the other': spread(figures.calls),
        'messages, one handler': spread(figures.messages),
        'messages, ten handlers': spread(figures.many),
      },
    ]),
  ),
);
await Promise.all([raw.stop(), ours.dispose()]);
await close();
await server.dispose();

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}
