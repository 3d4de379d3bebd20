import { tokenFrom } from '@org/hub-core';
import { expect, it } from 'vitest';
import { createClient, everyNumberTo, hearNumbers, startServers } from './client.ts';

const rotations = 30;

it.each([
  ['refresh', 1],
  ['overlap', 1 + rotations],
] as const)(
  '3. under many rotations by `%s` each call goes to exactly one connection, in order',
  async (rotation, connections) => {
    const { lab } = await startServers({ lab: { tokenRefresh: rotation === 'refresh' } });
    const { hub, types } = createClient(lab.url, {
      auth: tokenFrom(() => lab.issue({ sub: 'ann', expiresIn: 300 })),
      rotation,
    });
    const { heard, reaches } = hearNumbers(hub);
    const outcomes: Promise<unknown>[] = [];
    // One after the other waits for its answer, or only goes on its way: at every moment of a rotation, for messages come all the time.
    hub.on('Number', (number) => {
      outcomes.push(number % 2 ? hub.invoke('Echo', number) : hub.send('Echo', number).then(() => number));
    });
    await hub.start();
    await lab.startNumbers({ every: 2 });
    await reaches(1);

    for (const _ of everyNumberTo(rotations)) {
      await hub.refreshAuthentication();
      // Each connection has its calls.
      await reaches(heard.length + 1);
    }
    const last = await lab.stopNumbers();
    await hub.invoke('Add', 1, 2);

    expect(heard).toEqual(everyNumberTo(last));
    expect(await Promise.all(outcomes)).toEqual(everyNumberTo(last));
    const calls = (await lab.calls()).filter(({ method }) => method === 'Echo');
    expect(calls.map(({ args }) => args[0])).toEqual(everyNumberTo(last));
    // None went back to a connection that had been left.
    const used = calls.map(({ connectionId }) => connectionId);
    const turns = used.filter((connectionId, index) => connectionId !== used[index - 1]);
    expect(new Set(turns).size).toBe(turns.length);
    expect(turns.length).toBe(connections);
    expect((await lab.negotiations()).length).toBe(connections);
    expect(types('rotated', 'reconnecting', 'tokenRefreshFailed')).toEqual(
      everyNumberTo(rotations).map(() => 'rotated'),
    );
  },
);
