/**
 * What the client costs on top of raw `@microsoft/signalr`, on the same server in the same run: calls one after the other,
 * and messages from the server to one handler. Medians of several rounds, the two in turn, so that a noisy machine
 * disturbs both alike.
 */
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
    async Burst(call, count: number) {
      for (let number = 0; number < count; number++) void call.clients.caller.send('Tick', number);
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

const contestants: Record<string, Contestant & { burst(): Promise<unknown> }> = {
  raw: { heard: 0, invoke: (value) => raw.invoke('Echo', value), burst: () => raw.invoke('Burst', messages) },
  ours: { heard: 0, invoke: (value) => ours.invoke('Echo', value), burst: () => ours.invoke('Burst', messages) },
};
raw.on('Tick', () => void contestants['raw']!.heard++);
ours.on('Tick', () => void contestants['ours']!.heard++);

const timings: Record<string, { calls: number[]; messages: number[] }> = {};
for (let round = 0; round <= rounds; round++) {
  for (const [name, contestant] of Object.entries(contestants)) {
    const calling = await timed(async () => {
      for (let value = 0; value < calls; value++) await contestant.invoke(value);
    });
    contestant.heard = 0;
    const bursting = await timed(() => contestant.burst());
    if (contestant.heard !== messages) throw new Error(`${name} heard ${contestant.heard} of ${messages} messages.`);
    // The first round warms up.
    if (round === 0) timings[name] = { calls: [], messages: [] };
    else {
      timings[name]!.calls.push(calls / calling / 1000);
      timings[name]!.messages.push(messages / bursting / 1000);
    }
  }
}
printTable(
  `Thousands a second: median (slowest–fastest) of ${rounds} rounds`,
  Object.fromEntries(
    Object.entries(timings).map(([name, figures]) => [
      name,
      { 'calls, one after the other': spread(figures.calls), 'messages, one handler': spread(figures.messages) },
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
