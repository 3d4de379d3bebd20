import type { AnyHubContract, HubCall } from '@org/hub-testing';
import type { HubClient, HubOptions } from '@org/hub-core';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, serve } from './hub.ts';

/** A client of a hub that adds up what goes up. */
async function connect(options: Partial<HubOptions> = {}): Promise<HubClient> {
  const { url } = await serve({
    methods: {
      async Sum(_: HubCall<AnyHubContract>, items: AsyncIterable<number>) {
        let total = 0;
        for await (const item of items) total += item;
        return total;
      },
    },
  });
  const { hub } = createClient(url, options);
  await hub.start();
  return hub;
}

it('leaves others their turn while a source always has more', async () => {
  const hub = await connect();
  let made = 0;
  async function* always() {
    // Not for ever: where nobody else has a turn, nobody could end it.
    for (; made < 300_000; made += 1) yield 1;
  }
  const call = hub.with({ timeout: 50 }).invoke('Sum', always());
  await expect(call).rejects.toMatchObject({ code: 'timeout', sent: 'unknown' });
  expect(made).toBeLessThan(300_000);
  expect(await hub.invoke('Echo', 'others go on')).toBe('others go on');
});

it('asks for no more while the socket has not sent what it was given', async () => {
  let unsent = 0;
  class SlowSocket extends WebSocket {
    constructor(url: string) {
      super(url);
      Object.defineProperty(this, 'bufferedAmount', { get: () => unsent });
    }
  }
  const hub = await connect({ signalr: { WebSocket: SlowSocket as never } });
  let made = 0;
  async function* counted() {
    for (; made < 5; made += 1) yield 1;
  }
  unsent = 1_000_000;
  const call = hub.invoke('Sum', counted());
  expect(await hub.invoke('Echo', 'this goes')).toBe('this goes');
  await hub.invoke('Echo', 'and that');
  expect(made).toBe(0);
  unsent = 0;
  expect(await call).toBe(5);
});
