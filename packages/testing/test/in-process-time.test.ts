import { HttpTransportType, HubConnectionBuilder, HubConnectionState, LogLevel } from '@microsoft/signalr';
import { createHubClient, tokenFrom } from '@org/hub-core';
import type { HubClient, HubOptions } from '@org/hub-core';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { InProcess } from '../src/index.ts';
import { signalrClient } from './support/clients.ts';
import { deferred, testHub } from './support/hub.ts';

// An hour of a connection's life in a few ms: hub and client live on the same fake clock.
beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }));
afterEach(() => void vi.useRealTimers());

/** A client, and the states that it has been in, each with the second of it. */
function hubClient(
  { url, fetch, WebSocket }: InProcess,
  options: Partial<HubOptions> = {},
): { client: HubClient; states: string[] } {
  const begin = Date.now();
  const client = createHubClient({ url, signalr: { fetch, WebSocket }, logger: 'none', ...options });
  const states: string[] = [];
  client.subscribe(() => {
    const { status } = client.getSnapshot();
    if (states.at(-1)?.endsWith(status)) return;
    states.push(`${Math.round((Date.now() - begin) / 1000)} s ${status}`);
  });
  onTestFinished(() => client.dispose());
  return { client, states };
}

test('a dropped client is back after its delay', async () => {
  const hub = testHub();
  const { client, states } = hubClient(hub.inProcess(), { reconnect: { baseDelay: 10_000 } });
  await client.start();
  hub.drop();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(states).toEqual([
    '0 s connecting',
    '0 s connected',
    '0 s reconnecting',
    expect.stringMatching(/s connected$/),
  ]);
});

test('the client of SignalR tries again after 0, 2, 10 and 30 s', async () => {
  const hub = testHub();
  const at = hub.inProcess();
  const client = new HubConnectionBuilder()
    .withUrl(at.url, at)
    .withAutomaticReconnect()
    .configureLogging(LogLevel.None)
    .build();
  const tries: number[] = [];
  hub.on('refused', () => tries.push(Date.now() - lost));
  await client.start();
  hub.reject(503);
  const lost = Date.now();
  hub.drop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([tries, client.state]).toEqual([[0, 2_000, 12_000, 42_000], HubConnectionState.Disconnected]);
});

test('a hub that falls silent is noticed after 30 s', async () => {
  const hub = testHub();
  const { client, states } = hubClient(hub.inProcess());
  await client.start();
  hub.freeze();
  await vi.advanceTimersByTimeAsync(29_000);
  const before = states.at(-1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([before, states.at(-1)]).toEqual(['0 s connected', '30 s reconnecting']);
  hub.thaw();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(states.at(-1)).toMatch(/ connected$/);
});

test('pings keep a quiet connection for an hour', async () => {
  const hub = testHub();
  const at = hub.inProcess();
  const client = signalrClient(at.url, { ...at, transport: HttpTransportType.WebSockets });
  await client.start();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([client.state, hub.connections().length]).toEqual([HubConnectionState.Connected, 1]);
  await client.stop();
});

test('an hour with tokens of five minutes is one connection after the other, each with a token of its own', async () => {
  // Not signed: signing takes real time, of which there is none between two ticks of a fake clock.
  const authenticate = ({ token }: { token: string | null }) => ({ userId: 'ann', expiresAt: Number(token) });
  const hub = testHub({ authenticate, closeOnAuthenticationExpiration: true });
  const auth = tokenFrom(() => ({ token: String(Date.now() + 300_000), expiresAt: Date.now() + 300_000 }));
  const { client } = hubClient(hub.inProcess(), { auth });
  const lives: { id: string; begin: number; expiresAt: number | undefined; end: number }[] = [];
  hub.on('connected', ({ client: { id, user } }) =>
    lives.push({ id, begin: Date.now(), expiresAt: user?.expiresAt, end: Infinity }),
  );
  hub.on('disconnected', ({ client: { id } }) => (lives.find((life) => life.id === id)!.end = Date.now()));
  await client.start();
  await vi.advanceTimersByTimeAsync(3_600_000);
  await client.dispose();
  const tokens = new Set(lives.map(({ expiresAt }) => expiresAt));
  const gaps = lives.slice(1).map(({ begin }, index) => begin - lives[index]!.end);
  expect([lives.length >= 12, tokens.size, gaps.every((ms) => ms <= 1)]).toEqual([true, lives.length, true]);
  // The heartbeat looks once a second.
  expect(lives.filter(({ expiresAt, end }) => end > expiresAt! + 1_000)).toEqual([]);
});

test('a socket that is closed before it was open leaves nothing behind', async () => {
  const answer = deferred<null>();
  const { WebSocket, url } = testHub({ anonymous: true, authenticate: () => answer.promise }).inProcess();
  const socket = new WebSocket(url);
  socket.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(socket.readyState).toBe(WebSocket.CLOSED);
  answer.resolve(null);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});

test('leaves no timer behind', async () => {
  const hub = testHub();
  const { client } = hubClient(hub.inProcess());
  await client.start();
  await client.dispose();
  await hub.dispose();
  expect(vi.getTimerCount()).toBe(0);
});

test('what is late, or was held by a frozen hub, comes though the clock was set back', async () => {
  const hub = testHub();
  const { client } = hubClient(hub.inProcess());
  const heard: unknown[] = [];
  client.on('Told', (what) => heard.push(what));
  await client.start();
  hub.freeze();
  void hub.clients.all.send('Told', 'frozen');
  vi.setSystemTime(Date.now() - 600_000);
  hub.thaw();
  await vi.advanceTimersByTimeAsync(1);
  hub.delay(500);
  void hub.clients.all.send('Told', 'late');
  vi.setSystemTime(Date.now() - 600_000);
  await vi.advanceTimersByTimeAsync(499);
  const early = [...heard];
  await vi.advanceTimersByTimeAsync(1);
  expect([early, heard]).toEqual([['frozen'], ['frozen', 'late']]);
});
