import { describe, expect, it } from 'vitest';
import EventSource from 'eventsource';
import { createClient, serve } from './hub.ts';

describe.each(['WebSockets', 'ServerSentEvents', 'LongPolling'] as const)('%s', (transport) => {
  it('connects, calls, hears, is dropped and comes back with its groups', async () => {
    const { server, url } = await serve();
    const { hub, types } = createClient(url, {
      signalr: { transport, EventSource: EventSource as never },
    });
    const told: unknown[] = [];
    hub.on('Told', (value) => told.push(value));
    const room = hub.join('room');
    await hub.start();
    expect(await hub.invoke('Echo', 'one')).toBe('one');
    const restored = new Promise((resolve) => hub.events.on('restored', resolve));
    server.drop();
    await restored;
    await hub.invoke('Tell', 'two');
    await expect.poll(() => told).toEqual(['two']);
    expect([room.state.status, types('groupJoined').length]).toEqual(['joined', 2]);
    await hub.stop();
    await expect.poll(() => server.connections()).toEqual([]);
  });
});
