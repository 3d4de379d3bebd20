/**
 * The verdict table, row by row, and the tests that drive it through the public API (* here):
 *
 * 401; a second one; the same token again ......... * "a refused token…"
 * 401 for a token whose time was over ............. * "a token whose time runs out…"
 * 403 ............................................. * "a refused token…"
 * 404 before, 404 after ........................... verdicts "a 404…"
 * 408, 425, 429, 5xx .............................. verdicts "a %i is retried…"
 * no network ...................................... verdicts "a server that is not there…", * "offline…"
 * time-out, transport failed, server time-out ..... verdicts "an open time-out…", "an upgrade that is refused…"; * "a server that falls silent…"
 * Retry-After ..................................... verdicts "Retry-After is honoured"; * "Retry-After…"
 * no status for 30 s with one token ............... * "without any status…"
 * a page of a proxy, for 30 s .................... * "a page of a proxy…"
 * a refused socket ................................ * "a refused socket…"
 * other 4xx ....................................... verdicts "a %i is final"
 * handshake or protocol error ..................... verdicts "a protocol that the server does not speak…"
 * handshake canceled by the server ................ verdicts "a handshake that the server gives up…"
 * the source threw SessionEndedError .............. token-from "…ends the session…", scenario 5
 * the source threw anything else .................. token-from "retries a source that throws…"; rotation-tokens "a source that fails…"
 * null, or `signed-out` ........................... sign-in "waits for a sign-in…", "closes and waits…", "goes on as a visitor…"
 * closed, reconnect allowed, near expiry .......... * "a close near the expiry…"
 * closed, reconnect allowed, young ................ verdicts "a close that allows to reconnect…", "a second such close…"
 * closed or lost, otherwise ....................... verdicts "a lost socket…"; * "a close far from the expiry…"
 * closed with an error ............................ verdicts "a close with an error…", "an OnConnected that throws…"
 * closed without an error ......................... verdicts "a close without a word…", "Context.Abort()…"
 */
import { JsonHubProtocol } from '@microsoft/signalr';
import { createHubClient, type HubOptions, tokenFrom, type TokenRequest } from '@org/hub-core';
import { createTestHub } from '@org/hub-testing';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Client, createClient, createDeferred, serve, type Served, until } from './hub.ts';
import { stubPage } from './page.ts';
import { doorsOf } from './token-server.ts';

/** Another token each time, for as many seconds; opaque, so that time may be fake. */
function issuing(seconds = 3600) {
  const asked: TokenRequest[] = [];
  const auth = tokenFrom((request) => {
    asked.push(request);
    return { token: `token-${asked.length}`, userId: 'ann', expiresAt: Date.now() + seconds * 1000 };
  });
  return { auth, asked, forced: () => asked.filter(({ force }) => force).length };
}

const trusting = { authenticate: () => ({ userId: 'ann' }) };

function clientOf(server: Served['server'], options: Partial<HubOptions> = {}): Client {
  const { url, ...doors } = doorsOf(server);
  return createClient(url, { rotation: 'off', ...options, signalr: { ...doors, ...options.signalr } });
}

// The code for verdicts is loaded with the first connect, in real time.
beforeAll(async () => {
  const server = createTestHub(trusting);
  const { url, ...signalr } = doorsOf(server);
  const hub = createHubClient({ url, signalr, auth: tokenFrom('a-token'), logger: 'none' });
  await hub.start();
  await hub.dispose();
  await server.dispose();
});

describe.each([
  [401, 'unauthorized'],
  [403, 'forbidden'],
] as const)('a refused token, %i', (status, code) => {
  it('is replaced by force, and tried once more', async () => {
    const { server, visits } = await serve(trusting);
    const { auth, asked } = issuing();
    const { hub, types } = clientOf(server, { auth });
    server.reject(status, { times: 1 });
    await hub.start();
    expect(visits).toEqual([`refused ${status}`, 'negotiated ann']);
    expect(asked).toMatchObject([{ force: false }, { force: true, rejected: 'token-1', reason: 'rejected' }]);
    expect(types(code)).toEqual([]);
  });

  it('stops the client when the next one is refused as well', async () => {
    const { server, visits } = await serve(trusting);
    const { auth, asked } = issuing();
    const { hub, events, types } = clientOf(server, { auth });
    server.reject(status, { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } });
    await expect(hub.start()).rejects.toMatchObject({ code, status, retryable: false });
    expect([visits, asked.length, types(code)]).toEqual([[`refused ${status}`, `refused ${status}`], 2, [code]]);
    expect(events.find(({ type }) => type === code)).toMatchObject({ challenge: 'Bearer error="invalid_token"' });
  });

  it('stops the client when the refresh gives it again, without asking the hub', async () => {
    const { server, visits } = await serve(trusting);
    let asked = 0;
    const { hub } = clientOf(server, { auth: tokenFrom(() => (asked++, 'always-the-same')) });
    server.reject(status);
    await expect(hub.start()).rejects.toMatchObject({ code });
    expect([visits, asked]).toEqual([[`refused ${status}`], 2]);
  });

  it('has nothing to be replaced by for a visitor', async () => {
    const { server, visits } = await serve();
    const { hub } = clientOf(server);
    server.reject(status);
    await expect(hub.start()).rejects.toMatchObject({ code });
    expect(visits).toEqual([`refused ${status}`]);
  });
});

describe('a token whose time runs out while it is being refused', () => {
  /** Tokens live for 15 s, and a refusal takes 20. */
  function slow(server: Served['server'], options: Partial<HubOptions> = {}) {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { auth, asked } = issuing(15);
    const fetch: typeof globalThis.fetch = async (...request) => {
      const response = await doorsOf(server).fetch(...request);
      if (!response.ok) vi.setSystemTime(Date.now() + 20_000);
      return response;
    };
    return { asked, ...clientOf(server, { ...options, auth, signalr: { fetch } }) };
  }

  it('is renewed each time, and that is no second refusal', async () => {
    const { server, visits } = await serve(trusting);
    const { hub, types, asked } = slow(server);
    server.reject(401, { times: 3 });
    await hub.start();
    expect(visits).toEqual([...Array<string>(3).fill('refused 401'), 'negotiated ann']);
    expect(asked.map(({ rejected }) => rejected)).toEqual([undefined, 'token-1', 'token-2', 'token-3']);
    expect(types('unauthorized')).toEqual([]);
  });

  it('is a try that has failed, and is shown: `maxAttempts` ends it', async () => {
    const { server, visits } = await serve(trusting);
    const { hub } = slow(server, { reconnect: { baseDelay: 1, maxAttempts: 2 } });
    server.reject(403);
    const started = expect(hub.start()).rejects.toMatchObject({ code: 'forbidden', status: 403 });
    expect((await until(hub, ({ attempt }) => attempt === 2)).error).toMatchObject({ code: 'forbidden' });
    await started;
    expect(visits).toEqual(Array(3).fill('refused 403'));
  });
});

describe('a refused socket', () => {
  const straight = { skipNegotiation: true, transport: 'WebSockets' } as const;

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
  ] as const)('with %i is told apart from no network by one request', async (status, code) => {
    const { server, visits } = await serve(trusting);
    const { auth, asked } = issuing();
    const { hub } = clientOf(server, { auth, signalr: straight });
    server.reject(status, { on: ['upgrade', 'negotiate'] });
    await expect(hub.start()).rejects.toMatchObject({ code, status });
    // For each token the socket, and the question why.
    expect([visits, asked.length]).toEqual([Array(4).fill(`refused ${status}`), 2]);
  });

  it('with 404 is not a hub', async () => {
    const { server, visits } = await serve(trusting);
    const { hub } = clientOf(server, { signalr: straight });
    server.reject(404, { on: ['upgrade', 'negotiate'] });
    await expect(hub.start()).rejects.toMatchObject({ code: 'not-a-hub', status: 404 });
    expect(visits).toEqual(['refused 404', 'refused 404']);
  });

  it.each([400, 405])(
    'is tried again where negotiate answers %i: the server may take WebSockets alone',
    async (status) => {
      const { server, visits } = await serve(trusting);
      const { hub } = clientOf(server, { signalr: straight });
      server.reject(502, { on: 'upgrade', times: 2 });
      server.reject(status, { on: 'negotiate' });
      await hub.start();
      expect(visits).toEqual(['refused 502', `refused ${status}`, 'refused 502', `refused ${status}`]);
    },
  );

  it('is none where the socket was opened, and the handshake failed: nobody is asked', async () => {
    const { server, visits } = await serve(trusting);
    const protocol = Object.assign(new JsonHubProtocol(), { name: 'morse' });
    const { hub } = clientOf(server, { signalr: { ...straight, protocol } });
    await expect(hub.start()).rejects.toMatchObject({ code: 'protocol' });
    expect(visits).toEqual([]);
  });

  it('is tried again where negotiate is well', async () => {
    const { server, visits } = await serve(trusting);
    const { auth, asked } = issuing();
    const { hub } = clientOf(server, { auth, signalr: straight });
    server.reject(403, { on: 'upgrade', times: 1 });
    await hub.start();
    expect([visits, asked.length]).toEqual([['refused 403', 'negotiated ann'], 1]);
  });

  it('sends what negotiate would: the token, the headers, the query', async () => {
    const { server } = await serve(trusting);
    const seen: [string, Headers][] = [];
    const { fetch } = doorsOf(server);
    const { auth } = issuing();
    const { url } = doorsOf(server);
    const { hub } = clientOf(server, {
      auth,
      url: `${url}?tenant=1`,
      signalr: {
        ...straight,
        headers: { 'X-Tenant': 'one' },
        fetch: (address, init) => {
          seen.push([address as string, new Headers(init?.headers)]);
          return fetch(address, init);
        },
      },
    });
    server.reject(502, { on: 'upgrade', times: 1 });
    await hub.start();
    const [address, headers] = seen[0]!;
    expect(seen).toHaveLength(1);
    expect(address).toBe(`${url}/negotiate?tenant=1&negotiateVersion=1`);
    expect([headers.get('authorization'), headers.get('x-tenant')]).toEqual(['Bearer token-1', 'one']);
  });

  it('does not keep stop() waiting', async () => {
    const { server } = await serve(trusting);
    const asked = createDeferred();
    const { hub } = clientOf(server, {
      signalr: {
        ...straight,
        fetch: (_address, init) =>
          new Promise((_, reject) => {
            init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason as Error));
            asked.resolve();
          }),
      },
    });
    server.reject(401, { on: 'upgrade' });
    const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
    await asked.promise;
    await hub.stop();
    await outcome;
    expect(hub.getSnapshot()).toMatchObject({ status: 'disconnected', error: null });
  });
});

// A minute of fake time is some seconds of a busy machine.
describe('in time', { timeout: 20_000 }, () => {
  beforeEach(() => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
      vi.restoreAllMocks();
    });
  });

  it('Retry-After may be a date', async () => {
    const { server } = await serve(trusting);
    const { hub } = clientOf(server);
    vi.setSystemTime(new Date('2030-01-01T00:00:00Z'));
    server.reject(429, { times: 1, headers: { 'Retry-After': 'Tue, 01 Jan 2030 00:00:30 GMT' } });
    const started = hub.start();
    await vi.dynamicImportSettled();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(hub.getSnapshot()).toMatchObject({ status: 'connecting', retryAt: Date.parse('2030-01-01T00:00:30Z') });
    await vi.advanceTimersByTimeAsync(1_100);
    await started;
  });

  it.each(['0', 'Tue, 01 Jan 2019 00:00:00 GMT', 'soon'])('Retry-After: %s is no reason to hurry', async (value) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { server, visits } = await serve(trusting);
    const { hub } = clientOf(server, { reconnect: { baseDelay: 1_000, maxDelay: 60_000 } });
    server.reject(503, { headers: { 'Retry-After': value } });
    const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
    await vi.dynamicImportSettled();
    await vi.advanceTimersByTimeAsync(10_000);
    // After 0, 500, 1500, 3500 and 7500 ms.
    expect(visits).toHaveLength(5);
    await hub.stop();
    await outcome;
  });

  /** A client that is being started, and nothing answers. */
  async function unanswered() {
    const { server } = await serve(trusting);
    const { auth, asked } = issuing();
    const { hub } = clientOf(server, {
      auth,
      signalr: { fetch: () => Promise.reject(new TypeError('Failed to fetch')) },
    });
    const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
    await vi.dynamicImportSettled();
    const stop = async (): Promise<void> => {
      await hub.stop();
      await outcome;
    };
    return { asked, stop };
  }

  it('without any status for 30 s the token is given one chance', async () => {
    const { asked, stop } = await unanswered();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toMatchObject([{ force: false }, { force: true, rejected: 'token-1' }]);
    await vi.advanceTimersByTimeAsync(24_000);
    expect(asked).toHaveLength(2);
    await stop();
  });

  it('without any status a token that was renewed meanwhile has 30 s of its own', async () => {
    const page = stubPage();
    const { asked, stop } = await unanswered();
    await vi.advanceTimersByTimeAsync(20_000);
    // The page was away: the source is asked, and has another one.
    page.tell('online');
    await vi.advanceTimersByTimeAsync(28_000);
    expect(asked).toMatchObject([{ force: false }, { force: false }]);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(asked.slice(2)).toMatchObject([{ force: true, rejected: 'token-2' }]);
    await stop();
  });

  it('without any status it is not asked for another token while offline', async () => {
    const page = stubPage();
    const { asked, stop } = await unanswered();
    page.online = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
    await stop();
  });

  it('a page of a proxy is something that was seen: no other token is asked for', async () => {
    const { server } = await serve(trusting);
    const { auth, asked, forced } = issuing();
    const { fetch } = doorsOf(server);
    let pages = 0;
    let down = false;
    const { hub } = clientOf(server, {
      auth,
      reconnect: { baseDelay: 1_000, maxDelay: 2_000 },
      signalr: {
        fetch: (...request) =>
          down ? (pages++, Promise.resolve(new Response('<h1>Back soon</h1>'))) : fetch(...request),
      },
    });
    await hub.start();
    down = true;
    server.drop();
    await vi.advanceTimersByTimeAsync(90_000);
    expect([hub.getSnapshot().status, pages > 10, forced(), asked.length]).toEqual(['reconnecting', true, 0, 1]);
    down = false;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(hub.getSnapshot().status).toBe('connected');
  });

  it('a server that falls silent is lost after the server time-out, and retried', async () => {
    const { server, visits } = await serve(trusting);
    const { hub } = clientOf(server);
    await hub.start();
    server.freeze();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(hub.getSnapshot()).toMatchObject({ status: 'reconnecting', error: { code: 'connection-lost' } });
    server.thaw();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([hub.getSnapshot().status, hub.getSnapshot().gaps, visits.length > 1]).toEqual(['connected', 1, true]);
  });

  it('a close near the expiry gets a fresh token, at once', async () => {
    // The renewal comes as late as it may: 18 s ahead.
    vi.spyOn(Math, 'random').mockReturnValue(0.99);
    const { server } = await serve(trusting);
    const { auth, asked } = issuing(100);
    const { hub } = clientOf(server, { auth, reconnect: { baseDelay: 60_000, maxDelay: 60_000 } });
    await hub.start();
    await vi.advanceTimersByTimeAsync(81_000);
    expect(asked).toHaveLength(1);
    await server.close({ allowReconnect: true });
    await vi.advanceTimersByTimeAsync(100);
    expect(asked).toMatchObject([{ force: false }, { force: true, rejected: 'token-1' }]);
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 1 });
  });

  it('a close far from the expiry is retried with the current token, and a back-off', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { server } = await serve(trusting);
    const { auth, asked } = issuing(3600);
    const { hub } = clientOf(server, { auth, reconnect: { baseDelay: 10_000, maxDelay: 10_000 } });
    await hub.start();
    await vi.advanceTimersByTimeAsync(10_000);
    await server.close({ allowReconnect: true });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(hub.getSnapshot().status).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(1_100);
    expect([hub.getSnapshot().status, asked.length]).toEqual(['connected', 1]);
  });
});

describe('the page', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
      vi.restoreAllMocks();
    });
  });

  /** A client that waits for ten minutes before it tries again. */
  async function waiting() {
    const page = stubPage();
    vi.spyOn(Math, 'random').mockReturnValue(0.99);
    const { server, visits } = await serve(trusting);
    const { auth, asked } = issuing();
    const client = clientOf(server, { auth, reconnect: { baseDelay: 600_000, maxDelay: 600_000 } });
    await client.hub.start();
    server.drop();
    await vi.advanceTimersByTimeAsync(100);
    expect(client.hub.getSnapshot()).toMatchObject({ status: 'reconnecting', attempt: 1 });
    return { ...client, page, server, visits, asked };
  }

  it.each(['online', 'visibilitychange', 'resume', 'pageshow'])(
    '%s: a try at once, and the source is asked first',
    async (type) => {
      const { hub, page, visits, asked } = await waiting();
      page.tell(type);
      page.tell(type);
      await vi.advanceTimersByTimeAsync(300);
      expect(hub.getSnapshot()).toMatchObject({ status: 'connected', gaps: 1 });
      expect([visits.length, asked.length]).toEqual([2, 2]);
    },
  );

  it('being hidden is no reason to try', async () => {
    const { hub, page } = await waiting();
    page.visible = false;
    page.tell('visibilitychange');
    await vi.advanceTimersByTimeAsync(300);
    expect(hub.getSnapshot().status).toBe('reconnecting');
  });

  it('offline: no try when its time has come, but as soon as there is a network', async () => {
    const { hub, page, visits } = await waiting();
    page.online = false;
    await vi.advanceTimersByTimeAsync(700_000);
    page.tell('visibilitychange');
    await vi.advanceTimersByTimeAsync(1_000);
    expect([hub.getSnapshot().status, visits.length]).toEqual(['reconnecting', 1]);
    page.online = true;
    page.tell('online');
    await vi.advanceTimersByTimeAsync(300);
    expect([hub.getSnapshot().status, visits.length]).toEqual(['connected', 2]);
  });

  it('the back/forward cache: the link is closed, and after it the source is asked first', async () => {
    const page = stubPage();
    const { server } = await serve(trusting);
    const { auth, asked } = issuing();
    const { hub } = clientOf(server, { auth, reconnect: { baseDelay: 600_000, maxDelay: 600_000 } });
    await hub.start();
    page.tell('pagehide', { persisted: true });
    await vi.advanceTimersByTimeAsync(0);
    expect([server.connections(), hub.getSnapshot().status]).toEqual([[], 'reconnecting']);
    page.tell('pageshow', { persisted: true });
    await vi.advanceTimersByTimeAsync(300);
    expect([hub.getSnapshot().status, hub.getSnapshot().gaps, asked.length]).toEqual(['connected', 1, 2]);
  });

  it('a page that is simply left keeps its link to the end', async () => {
    const page = stubPage();
    const { server } = await serve(trusting);
    const { hub } = clientOf(server);
    await hub.start();
    page.tell('pagehide', { persisted: false });
    expect([server.connections().length, hub.getSnapshot().status]).toEqual([1, 'connected']);
  });

  it('nothing listens to it before start(), or after stop()', async () => {
    const page = stubPage();
    const { server } = await serve(trusting);
    const { hub } = clientOf(server, { auth: issuing().auth, rotation: 'overlap' });
    const before = page.listeners();
    await hub.start();
    const between = page.listeners();
    await hub.refreshAuthentication();
    expect([before, between > 0, page.listeners() === between]).toEqual([0, true, true]);
    await hub.stop();
    expect(page.listeners()).toBe(0);
  });
});
