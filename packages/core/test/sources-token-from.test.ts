/// <reference types="node" />
import { createHubClient, tokenFrom } from '@org/hub-core';
import type { Credentials, HubError, TokenChange, TokenRequest, TokenSource } from '@org/hub-core';
import { passwordGrant } from '@org/hub-core/identity';
import { createTestHub } from '@org/hub-testing';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Client, createClient, createDeferred, nextEvent, serve, type Served } from './hub.ts';
import { doorsOf, serveTokens } from './token-server.ts';

/** A JWT of the issuer's clock, which may be another. Signing takes real time, of which fake time knows nothing. */
function issue({ sub = 'ann', lifetime = 300, at = Date.now() } = {}): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = at / 1000;
  return `${encode({ alg: 'none' })}.${encode({ sub, iat, exp: iat + lifetime, jti: crypto.randomUUID() })}.`;
}

/** A server that takes every token. */
function trust({ token }: { token: string | null }): { userId: string } {
  const { sub } = JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString()) as { sub: string };
  return { userId: sub };
}

// What renews tokens is loaded with the first connection, and that takes real time.
beforeAll(async () => {
  const server = createTestHub({ authenticate: trust });
  const { url, ...signalr } = doorsOf(server);
  const auth = tokenFrom(() => issue({ lifetime: 1 }));
  const hub = createHubClient({ url, auth, rotation: 'off', logger: 'none', signalr });
  await hub.start();
  await nextEvent(hub, 'tokenRefreshed');
  await hub.dispose();
  await server.dispose();
});

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

/** A hub that nothing but promises and fake time lead to, and a client of it. */
async function connectTo(auth: TokenSource): Promise<Client & Served> {
  const served = await serve({ authenticate: trust });
  const { url, ...signalr } = doorsOf(served.server);
  return { ...served, ...createClient(url, { auth, rotation: 'off', signalr }) };
}

describe('a source that does not answer', () => {
  it('is reported after 30 s, waited for, and asked once', async () => {
    const answer = createDeferred<string>();
    const asked: TokenRequest[] = [];
    const { hub, types } = await connectTo(tokenFrom((request) => (asked.push(request), answer.promise)));
    const started = hub.start();
    // Code that is loaded with the first connect comes in real time.
    await vi.dynamicImportSettled();
    await vi.advanceTimersByTimeAsync(29_000);
    const before = hub.getSnapshot().error;
    await vi.advanceTimersByTimeAsync(2_000);
    expect([before, hub.getSnapshot().error]).toEqual([
      null,
      expect.objectContaining({ code: 'token-unavailable', message: expect.stringContaining('30 s'), retryable: true }),
    ]);
    await vi.advanceTimersByTimeAsync(100_000);
    answer.resolve(issue());
    await vi.advanceTimersByTimeAsync(1_000);
    await started;
    expect([asked.length, hub.getSnapshot().userId, types('sessionEnded')]).toEqual([1, 'ann', []]);
  });

  it('does not keep the client from stopping, nor is it asked again by the next start', async () => {
    const answer = createDeferred<string>();
    let asked = 0;
    const { hub } = await connectTo(tokenFrom(() => (asked++, answer.promise)));
    const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
    await vi.advanceTimersByTimeAsync(40_000);
    await hub.stop();
    await outcome;
    const started = hub.start();
    await vi.advanceTimersByTimeAsync(40_000);
    answer.resolve(issue());
    await vi.advanceTimersByTimeAsync(1_000);
    await started;
    expect(asked).toBe(1);
  });

  // By chance the source has to be asked again where the connection is tried again, or is being left alone.
  it.each([0, 0.5, 0.999])('costs a connection nothing while its token lasts (chance %f)', async (chance) => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(chance);
    onTestFinished(() => random.mockRestore());
    let hangs = false;
    const auth = tokenFrom(() => (hangs ? new Promise<string>(() => {}) : issue()));
    const { hub, server, types } = await connectTo(auth);
    await hub.start();
    hangs = true;
    await vi.advanceTimersByTimeAsync(250_000);
    server.drop();
    await vi.advanceTimersByTimeAsync(32_000);
    expect([hub.getSnapshot().status, types('tokenRefreshFailed')]).toEqual(['connected', ['tokenRefreshFailed']]);
  });

  it.each([5, 20, 40])(
    'for %i s has not shown that the clock is wrong: the token ends when it says',
    async (seconds) => {
      const auth = tokenFrom(async () => {
        const token = issue({ lifetime: 15 });
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        return token;
      });
      const endsAt = Date.now() + 15_000;
      const request = { reason: 'rejected', force: true, rejected: 'another', attempt: 0 } as const;
      const hasty = auth.getToken(request).catch(({ code }: HubError) => code);
      await vi.advanceTimersByTimeAsync(35_000);
      // Whoever asks later may be given what was asked for long ago.
      const patient = auth.getToken(request);
      await vi.advanceTimersByTimeAsync(seconds * 1000);
      const ends = { expiresAt: endsAt + (seconds < 35 ? 35_000 : 0) };
      expect([await hasty, await patient]).toMatchObject(
        seconds < 30 ? [{ expiresAt: endsAt }, ends] : ['token-unavailable', ends],
      );
    },
  );

  it('never gives what it was asked for somebody else', async () => {
    const late = createDeferred<string>();
    let user = 'ann';
    let tell: (change: TokenChange) => void = () => {};
    const auth = tokenFrom(() => (user === 'ann' ? late.promise : issue({ sub: user })), {
      subscribe: (listener) => ((tell = listener), () => {}),
    });
    const { hub, visits } = await connectTo(auth);
    const started = hub.start();
    await vi.advanceTimersByTimeAsync(5_000);
    user = 'bob';
    tell('signed-in');
    await vi.advanceTimersByTimeAsync(30_000);
    late.resolve(issue());
    await vi.advanceTimersByTimeAsync(1_000);
    await started;
    expect(visits).toEqual(['negotiated bob']);
  });
});

it.each<[string, () => Promise<never>, string]>([
  ['a string', () => Promise.reject('The vault is sealed.'), 'No token could be had: The vault is sealed.'],
  ['nothing at all', () => Promise.reject(undefined), 'No token could be had: undefined'],
  [
    'an error of its own',
    () => {
      throw Object.assign(new RangeError('Out of range.'), { code: 7 });
    },
    'No token could be had: Out of range.',
  ],
])('a source that throws %s is tried again, with a typed error', async (_, fail, message) => {
  let asked = 0;
  const auth = tokenFrom(() => (++asked < 3 ? fail() : issue()));
  const { hub, events } = await connectTo(auth);
  const started = hub.start();
  await vi.advanceTimersByTimeAsync(5_000);
  await started;
  expect(asked).toBe(3);
  expect(events.filter(({ type }) => type === 'tokenRefreshFailed')).toMatchObject([
    { error: { name: 'HubError', code: 'token-unavailable', message } },
    { error: { name: 'HubError', code: 'token-unavailable', message } },
  ]);
});

it('the end of the session is told by its code, whatever class it has', async () => {
  const auth = tokenFrom(() => Promise.reject(Object.assign(new Error('Gone.'), { code: 'session-ended' })));
  const { hub } = await connectTo(auth);
  await expect(hub.start()).rejects.toMatchObject({ name: 'SessionEndedError', message: 'Gone.' });
});

it.each<[string, () => unknown]>([
  ['seconds', () => Math.floor(Date.now() / 1000) + 300],
  ['a text', () => new Date(Date.now() + 300_000).toISOString()],
  ['a Date', () => new Date(Date.now() + 300_000)],
  ['NaN', () => Number.NaN],
])('an `expiresAt` of %s is named, not taken for an old token', async (_, expiresAt) => {
  let asked = 0;
  const auth = tokenFrom(() => (asked++, { token: 'opaque', expiresAt: expiresAt() } as Credentials));
  const { hub, visits } = await connectTo(auth);
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await vi.advanceTimersByTimeAsync(0);
  expect(hub.getSnapshot().error).toMatchObject({
    code: 'token-unavailable',
    message: expect.stringContaining('`expiresAt`'),
    remediation: expect.stringContaining('milliseconds'),
  });
  expect(asked).toBe(1);
  await hub.stop();
  await outcome;
  expect(visits).toEqual([]);
});

it('a source that has only an expired token is asked with back-off, and the hub never', async () => {
  const asked: number[] = [];
  const old = issue({ lifetime: -10 });
  const { hub, visits } = await connectTo(tokenFrom(() => (asked.push(Date.now()), old)));
  const outcome = expect(hub.start()).rejects.toMatchObject({ code: 'closed' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(hub.getSnapshot().error).toMatchObject({
    code: 'token-unavailable',
    message: expect.stringContaining('expired'),
  });
  await hub.stop();
  await outcome;
  expect(visits).toEqual([]);
  // The client of these tests waits 100 ms at most, the session up to 20 s.
  expect(asked.length).toBeLessThan(60);
});

it('a source that has nothing newer yet is asked a few times before the expiry, and that is told once', async () => {
  const asked: number[] = [];
  const token = issue();
  const { hub, types } = await connectTo(tokenFrom(() => (asked.push(Date.now()), token)));
  await hub.start();
  await vi.advanceTimersByTimeAsync(299_000);
  expect(types('tokenExpiring', 'tokenRefreshed', 'tokenExpired')).toEqual(['tokenExpiring']);
  expect([asked.length > 2, asked.length < 60, hub.getSnapshot().status]).toEqual([true, true, 'connected']);
});

describe.each([
  ['ahead', 600_000],
  ['behind', -600_000],
])('20. the clock is ten minutes %s', (_, ahead) => {
  const lifetime = 300_000;

  const wronged = (): string => issue({ at: Date.now() - ahead });

  /** When tokens were asked for, in ms since the start; what they cost, and whether one ran out. */
  async function run(auth: TokenSource, requests: number[]): Promise<Client> {
    const startedAt = Date.now();
    const client = await connectTo(auth);
    const started = client.hub.start();
    // Renewed at 240 to 246 s each: the fifth renewal would come at 1,200 s.
    await vi.advanceTimersByTimeAsync(1_150_000);
    await started;
    requests.forEach((at, index) => (requests[index] = at - startedAt));
    return client;
  }

  const inTime = (requests: number[]): boolean =>
    requests.every((at, index) => index === 0 || at - requests[index - 1]! < lifetime);

  it('with `expires_in` of 300: one token request a lifetime, before the real expiry', async () => {
    const server = serveTokens();
    const requests: number[] = [];
    const source = passwordGrant({ tokenUrl: server.tokenUrl });
    server.broken = () => {
      requests.push(Date.now());
      return Response.json({
        access_token: wronged(),
        refresh_token: `refresh-${requests.length}`,
        expires_in: lifetime / 1000,
      });
    };
    await source.signIn({ username: 'ann', password: 'correct' });
    const { hub, types } = await run(source, requests);
    expect([requests.length, inTime(requests), hub.getSnapshot().status]).toEqual([5, true, 'connected']);
    expect(types('tokenExpired', 'tokenRefreshFailed', 'unauthorized')).toEqual([]);
  });

  it('with a function that says when the token expires: one request a lifetime', async () => {
    const requests: number[] = [];
    const auth = tokenFrom(() => {
      requests.push(Date.now());
      return { token: wronged(), expiresAt: Date.now() + lifetime };
    });
    const { types } = await run(auth, requests);
    expect([requests.length, inTime(requests)]).toEqual([5, true]);
    expect(types('tokenExpired', 'tokenRefreshFailed', 'unauthorized')).toEqual([]);
  });

  it('with a JWT and nothing else: one request a lifetime, and one more to learn how wrong the clock is', async () => {
    const requests: number[] = [];
    const auth = tokenFrom(() => (requests.push(Date.now()), wronged()));
    const { hub, types } = await run(auth, requests);
    // Ahead, the first token looks expired; behind, it comes from the future, which says it all.
    expect([requests.length, inTime(requests)]).toEqual([ahead > 0 ? 6 : 5, true]);
    expect(types('tokenExpired', 'tokenRefreshFailed', 'unauthorized')).toEqual([]);
    const left = hub.getSnapshot().tokenExpiresAt! - Date.now();
    expect([left > 60_000, left < lifetime]).toEqual([true, true]);
  });

  it('and is set right: the next token is believed again', async () => {
    const requests: number[] = [];
    let wrong = true;
    const auth = tokenFrom(() => {
      requests.push(Date.now());
      return wrong ? wronged() : issue();
    });
    const { hub, types } = await connectTo(auth);
    const started = hub.start();
    await vi.advanceTimersByTimeAsync(1_000);
    await started;
    wrong = false;
    await vi.advanceTimersByTimeAsync(250_000);
    expect(Math.round((hub.getSnapshot().tokenExpiresAt! - requests.at(-1)!) / 1000)).toBe(300);
    expect(types('tokenExpired', 'tokenRefreshFailed')).toEqual([]);
  });
});
