/// <reference types="node" />
/**
 * What the client costs on top of raw `@microsoft/signalr`: messages from the server to one handler and to ten, and calls one
 * after the other. First without a network, so that there is nothing but the two clients; then on ASP.NET Core, where both wait
 * for it. `raw, twice` is raw beside raw: what the machine itself makes of a comparison.
 *
 * `--rounds=41` (each two goes of both)
 */
import { setImmediate } from 'node:timers/promises';
import { HubConnectionBuilder, type IHttpConnectionOptions, HttpTransportType, LogLevel } from '@microsoft/signalr';
import { createHubClient, tokenFrom } from '@org/hub-core';
import { ourClient, rawClient, type Contestant } from './contestants.ts';
import { duel, duelRow, type Duel } from './duel.ts';
import { createFeed, invocations, type Feed } from './feed.ts';
import { atLeast, atMost, judge } from './limits.ts';
import { startServer } from './server.ts';
import { numberOption, percentile, printTable } from './table.ts';

const rounds = numberOption('rounds', 41);
const messages = 10_000;
/** In one WebSocket message: a busy server sends what has gathered. */
const together = 100;
/** One after the other in one go; a go takes as long with a server as without. */
const calls = { alone: 3_000, served: 500 };
/** Of one name; SignalR awaits each of them. */
const handlers = { One: 1, Ten: 10 };

interface Client extends Pick<Contestant, 'on' | 'invoke' | 'stop'> {
  /** Lets the server send so many; resolves with the ms until all handlers of all of them have run. */
  hear(method: keyof typeof handlers): Promise<number>;
}

const frames = Object.fromEntries(
  Object.keys(handlers).map((method) => [
    method,
    Array.from({ length: messages / together }, (_, frame) => invocations(method, frame * together, together)),
  ]),
);

const alone = { raw: await fedRaw(), again: await fedRaw(), ours: await fedOurs() };
const [one, ten] = await compare('Without a network', calls.alone, alone.raw, alone.ours, alone.again);
for (const client of Object.values(alone)) await client.stop();

const server = await startServer({ rate: 1, toGroup: true });
const token = (): Promise<string> => server.issue(3600);
const there = {
  raw: served(rawClient(server.plain, token)),
  again: served(rawClient(server.plain, token)),
  ours: served(ourClient({ url: server.plain, auth: tokenFrom(token) })),
};
for (const client of Object.values(there)) await client.start();
const [, , roundTrip] = await compare('On ASP.NET Core', calls.served, there.raw, there.ours, there.again);
for (const client of Object.values(there)) await client.stop();
await server.stop();

const times = (of: Duel): number => percentile(of.times, 0.5);
judge([
  atLeast('messages to one handler, speed', 1 / times(one), 0.95, ' × raw'),
  atLeast('messages to ten handlers, speed', 1 / times(ten), 1.2, ' × raw'),
  atMost('invoke, round trip to ASP.NET Core', times(roundTrip), 1.05, ' × raw'),
]);

async function compare(
  where: string,
  calls: number,
  raw: Client,
  ours: Client,
  again: Client,
): Promise<[Duel, Duel, Duel]> {
  const both = async (measure: (client: Client) => Promise<number>): Promise<[Duel, Duel]> => [
    await duel(rounds, [() => measure(raw), () => measure(ours)]),
    await duel(rounds, [() => measure(raw), () => measure(again)]),
  ];
  const [one, noiseOfOne] = await both((client) => client.hear('One'));
  const [ten] = await both((client) => client.hear('Ten'));
  const [call, noiseOfCall] = await both((client) => inSequence(client, calls));
  printTable(`${where}: median (p25–p75) of ${rounds} rounds`, {
    'messages, one handler': duelRow(one, messages),
    'messages, ten handlers': duelRow(ten, messages),
    'calls, one after the other': duelRow(call, calls),
    'raw, twice: messages': duelRow(noiseOfOne, messages),
    'raw, twice: calls': duelRow(noiseOfCall, calls),
  });
  return [one, ten, call];
}

/** Ms that they take at their median: what other programs take of a round trip is more than what a client does. */
async function inSequence(client: Client, calls: number): Promise<number> {
  const took: number[] = [];
  for (let value = 0; value < calls; value += 1) {
    const started = performance.now();
    await client.invoke('Echo', value, 0);
    took.push(performance.now() - started);
  }
  return calls * percentile(took, 0.5);
}

/** @param send lets the server send `messages` of this name */
function hearing(client: Pick<Contestant, 'on'>, send: (method: string) => Promise<unknown>): Client['hear'] {
  let heard = 0;
  for (const [method, count] of Object.entries(handlers)) {
    for (let handler = 0; handler < count; handler += 1) client.on(method, () => void (heard += 1));
  }
  return async (method) => {
    heard = 0;
    const wanted = messages * handlers[method];
    const started = performance.now();
    await send(method);
    // SignalR awaits each handler: it is not through when the last message is there.
    for (let turn = 0; turn < 1_000 && heard < wanted; turn += 1) await setImmediate();
    if (heard !== wanted) throw new Error(`${heard} of ${wanted} were heard.`);
    return performance.now() - started;
  };
}

function served<C extends Contestant>(client: C): C & Client {
  return { ...client, hear: hearing(client, (method) => client.invoke('Burst', method, messages)) };
}

async function fedRaw(): Promise<Client> {
  const feed = createFeed();
  const connection = new HubConnectionBuilder()
    .withUrl('http://feed/', {
      WebSocket: feed.WebSocket,
      skipNegotiation: true,
      transport: HttpTransportType.WebSockets,
    } as unknown as IHttpConnectionOptions)
    .configureLogging(LogLevel.None)
    .build();
  const client: Omit<Client, 'hear'> = {
    on: (method, handler) => connection.on(method, handler),
    invoke: (method, ...args) => connection.invoke(method, ...args),
    stop: () => connection.stop(),
  };
  await connection.start();
  return { ...client, hear: hearing(client, deliver(feed)) };
}

async function fedOurs(): Promise<Client> {
  const { WebSocket, ...feed } = createFeed();
  const hub = createHubClient({
    url: 'http://feed/',
    logger: 'none',
    signalr: { WebSocket, skipNegotiation: true, transport: 'WebSockets' },
  });
  const client: Omit<Client, 'hear'> = {
    on: (method, handler) => void hub.on(method, handler),
    invoke: (method, ...args) => hub.invoke(method, ...args),
    stop: () => hub.dispose(),
  };
  await hub.start();
  return { ...client, hear: hearing(client, deliver(feed)) };
}

function deliver(feed: Pick<Feed, 'deliver'>): (method: string) => Promise<void> {
  return async (method) => {
    for (const frame of frames[method] ?? []) {
      feed.deliver(frame);
      // The next one comes in a turn of its own, as from a socket.
      await setImmediate();
    }
  };
}
