import type { HubLogger, LogLevel } from '@org/hub-core';
import { expect, it } from 'vitest';
import { all, createClient, nextEvent, signIn, startServers, until } from './client.ts';
import { captureConsole, collectTokens, leaks } from './leaks.ts';

const levels: LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'none'];

it.each([...levels.map((level) => ['refresh', level] as const), ...levels.map((level) => ['overlap', level] as const)])(
  '22. no part of any token is told through rotations by %s, at the log level %s',
  async (rotation, level) => {
    const { lab, endpoint } = await startServers({ lab: { tokenRefresh: rotation === 'refresh' } });
    const printed = captureConsole();
    const { tokens, store, fetch } = collectTokens();
    const { source, manager } = await signIn(endpoint, {}, store);
    const lines: unknown[] = [];
    // The app's own logger hears everything; the console what the level says.
    const own: HubLogger = { log: (...line) => lines.push(line) };
    const { hub, events, types } = createClient(lab.url, {
      auth: source,
      rotation,
      logger: level === 'none' ? own : level,
      reconnect: { baseDelay: 50, maxDelay: 200 },
      signalr: { fetch, transport: 'WebSockets' },
    });
    const told: unknown[] = [hub, hub.with({ timeout: 60_000 }), hub.events, source, events, printed, lines];
    hub.subscribe(() => told.push(hub.getSnapshot()));
    const fails = async (doing: Promise<unknown>): Promise<void> => {
      const outcome = await doing.then(
        () => new Error('It should have failed.'),
        (error: unknown) => error,
      );
      expect(outcome).toMatchObject({ name: 'HubError' });
      told.push(outcome);
    };
    /** A server that quotes what it was given. */
    const quoting = async (): Promise<Record<string, string>> => {
      const { access_token: token } = (await manager.getUser())!;
      return { 'WWW-Authenticate': `Bearer error="invalid_token", error_description="Not this one: ${token}"` };
    };
    const on = rotation === 'refresh' ? 'refresh' : 'negotiate';

    // Start.
    const room = hub.join('room');
    told.push(room);
    await hub.start();

    // Rotations: one that goes well, one after a fault, one whose token is refused, and one that is refused for good.
    await hub.refreshAuthentication();
    await lab.reject(503, { on });
    await hub.refreshAuthentication();
    await lab.reject(401, { on, headers: await quoting() });
    await hub.refreshAuthentication();
    const stream = hub.stream('Counter', 3, 10);
    told.push(stream, await all(stream));
    await lab.reject(401, { on, times: 2, headers: await quoting() });
    await fails(hub.refreshAuthentication());
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 0 });
    expect(types('rotated')).toHaveLength(3);

    // That 401 stops the client once the connection is lost, with a call in flight; then a start, and a reconnect.
    const slow = hub.invoke('Slow', 5_000, 'lost');
    await Promise.all([fails(slow), lab.drop()]);
    await until(hub, ({ status, error }) => status === 'disconnected' && error !== null);
    await hub.start();
    const restored = nextEvent(hub, 'restored');
    await lab.drop();
    await restored;

    told.push(await hub.logout());
    await fails(hub.invoke('Add', 1, 2));
    await fails(hub.refreshAuthentication());

    expect(types('unauthorized')).toHaveLength(1);
    // Of the sign-in and of at least five renewals, and each connection's own.
    expect(tokens.size).toBeGreaterThanOrEqual(3 * 6 + 3);
    expect(leaks(told, tokens)).toEqual([]);
    if (level === 'none') expect(lines.length).toBeGreaterThan(20);
    else if (level !== 'error') expect(printed.length).toBeGreaterThan(0);
  },
);

it('22. what is searched for leaks would be found', () => {
  const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLW9mLWFubg';
  const told = [
    new Error('outer', { cause: new Error(`Bearer ${token.slice(20, 36)}`) }),
    { fine: token.slice(0, 15) },
  ];

  expect(leaks(told, new Set([token])).length).toBeGreaterThan(0);
  expect(leaks(told.slice(1), new Set([token]))).toEqual([]);
});
