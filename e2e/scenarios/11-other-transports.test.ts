import { expect, it } from 'vitest';
import { createClient, hearNumbers, nextEvent, signIn, startServers } from './client.ts';

it.each(['ServerSentEvents', 'LongPolling'] as const)(
  '11. over %s a token that expires between polls and sends costs a token request a lifetime, and one reconnect at most',
  async (transport) => {
    const lifetime = 3;
    const { lab, endpoint } = await startServers({
      lab: { closeOnAuthenticationExpiration: true },
      tokens: { expiresIn: lifetime },
    });
    const { source } = await signIn(endpoint);
    const { hub, types } = createClient(lab.url, { auth: source, signalr: { transport } });
    const { heard } = hearNumbers(hub);
    const sends: Promise<unknown>[] = [];
    hub.on('Number', (number) => void sends.push(hub.invoke('Echo', number).catch((error: unknown) => error)));
    await hub.start();
    await lab.startNumbers({ every: 100 });

    for (let lifetimes = 0; lifetimes < 4; lifetimes += 1) await nextEvent(hub, 'tokenRefreshed');
    const { requests, requestedAt } = endpoint;
    const last = await lab.stopNumbers();
    await hub.invoke('Echo', 'after the last number');

    expect(requests).toBe(4);
    const pauses = requestedAt.slice(1).map((at, index) => at - (requestedAt[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThan((lifetime * 1000) / 2);
    const reconnects = types('reconnecting').length;
    expect(reconnects).toBeLessThanOrEqual(1);
    expect(hub.getSnapshot()).toMatchObject({ status: 'connected', auth: 'authenticated', gaps: reconnects });
    expect(types('sessionEnded', 'unauthorized', 'tokenExpired', 'tokenRefreshFailed')).toEqual([]);
    expect((await lab.requests()).filter(({ status }) => status === 401 || status === 403)).toEqual([]);
    // Only the one gap may have cost a number, or the answer to a send.
    const holes = heard.filter((number, index) => number !== (heard[index - 1] ?? 0) + 1);
    expect(holes.length).toBeLessThanOrEqual(reconnects);
    expect(heard.at(-1)).toBe(last);
    const failed = (await Promise.all(sends)).filter((result) => typeof result !== 'number');
    expect(failed).toEqual(failed.map(() => expect.objectContaining({ code: 'connection-lost', sent: 'unknown' })));
    expect(failed.length).toBeLessThanOrEqual(2 * reconnects);
  },
);
