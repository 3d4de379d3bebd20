import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeferred } from '../../e2e/lab/deferred.ts';
import type { Conditions } from './line.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { faultKinds, inflict, schedule } from './schedule.ts';

/** One end of a connection: what it has heard, and how it has ended. */
interface End {
  readonly socket: Socket;
  heard(): string;
  hears(text: string): Promise<void>;
  readonly ended: Promise<'fin' | 'rst'>;
}

function endOf(socket: Socket): End {
  let text = '';
  const ended = createDeferred<'fin' | 'rst'>();
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString();
    socket.emit('heard');
  });
  socket.on('end', () => ended.resolve('fin'));
  socket.on('error', () => ended.resolve('rst'));
  return {
    socket,
    heard: () => text,
    ended: ended.promise,
    async hears(expected) {
      while (text !== expected) await once(socket, 'heard');
    },
  };
}

/** A server, a network before it, and a way to connect through it. */
async function startNetwork(conditions?: Conditions): Promise<{ proxy: Proxy; open(): Promise<[End, End]> }> {
  const accepted: ((socket: Socket) => void)[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => accepted.shift()?.(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy = await startProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hub`, conditions);
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  return {
    proxy,
    async open() {
      const far = new Promise<Socket>((resolve) => accepted.push(resolve));
      const near = connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1', allowHalfOpen: true });
      onTestFinished(() => void near.destroy());
      const client = endOf(near);
      await once(near, 'connect').catch((error: unknown) => {
        accepted.pop();
        throw error;
      });
      return [client, endOf(await far)];
    },
  };
}

describe('a healthy network', () => {
  it('carries what both say, in order, and the end of each by itself', async () => {
    const { proxy, open } = await startNetwork();
    expect(new URL(proxy.url).pathname).toBe('/hub');
    const [client, server] = await open();

    client.socket.write('one ');
    client.socket.end('two');
    await server.hears('one two');
    expect(await server.ended).toBe('fin');
    server.socket.end('three');

    await client.hears('three');
    expect(await client.ended).toBe('fin');
  });

  it('carries an RST as an RST', async () => {
    const { open } = await startNetwork();
    const [client, server] = await open();
    client.socket.resetAndDestroy();
    expect(await server.ended).toBe('rst');
  });
});

it.each([
  ['cut', 'fin'],
  ['reset', 'rst'],
] as const)(
  '%s ends every connection with %s on both sides, what is on its way is lost, and new ones work',
  async (how, end) => {
    const { proxy, open } = await startNetwork({ delay: 10_000 });
    const both = [await open(), await open()].flat();
    both[0]!.socket.write('lost');
    await new Promise(setImmediate);

    expect(proxy[how]()).toBe(2);

    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([end, end, end, end]);
    expect(both.map(({ heard }) => heard()).join('')).toBe('');
    expect(proxy[how]()).toBe(0);
    await proxy.become({});
    const [client, server] = await open();
    client.socket.write('here');
    await server.hears('here');
  },
);

it.each([
  ['up', false, true],
  ['down', true, false],
  ['both', false, false],
] as const)('stalled %s: bytes that way go nowhere, and arrive once it is over', async (stalled, up, down) => {
  const { proxy, open } = await startNetwork();
  const [client, server] = await open();
  const slow = await startNetwork({ delay: 50 });
  const [sender, receiver] = await slow.open();
  await proxy.become({ stalled });

  client.socket.end('up');
  server.socket.end('down');
  if (up) await server.hears('up');
  if (down) await client.hears('down');
  // What was said later has arrived by a longer way.
  sender.socket.write('later');
  await receiver.hears('later');
  expect([server.heard(), client.heard()]).toEqual([up ? 'up' : '', down ? 'down' : '']);

  await proxy.become({});
  await Promise.all([server.hears('up'), client.hears('down')]);
  expect(await Promise.all([server.ended, client.ended])).toEqual(['fin', 'fin']);
});

it('delayed: each byte takes its time, many are on their way together, and none overtakes another', async () => {
  const { open } = await startNetwork({ delay: 150, jitter: 50 });
  const [client, server] = await open();
  const words = Array.from({ length: 20 }, (_, index) => `${index} `);

  const started = performance.now();
  for (const word of words) {
    client.socket.write(word);
    await new Promise(setImmediate);
  }
  await server.hears(words.join(''));
  const took = performance.now() - started;

  expect(took).toBeGreaterThanOrEqual(150);
  expect(took).toBeLessThan(20 * 150);
});

it('throttled: no more than so many bytes a second, and the rest at once when it is over', async () => {
  const { proxy, open } = await startNetwork({ bytesPerSecond: 2_000 });
  const [client, server] = await open();

  const started = performance.now();
  client.socket.write('a'.repeat(1_000));
  await server.hears('a'.repeat(1_000));
  // The last twentieth of a second is not waited for.
  expect(performance.now() - started).toBeGreaterThanOrEqual(440);

  client.socket.write('b'.repeat(1_000_000));
  await once(server.socket, 'heard');
  await proxy.become({});
  await server.hears('a'.repeat(1_000) + 'b'.repeat(1_000_000));
  expect(performance.now() - started).toBeLessThan(100_000);
});

it('refusing: nobody listens for new connections, those that are open go on', async () => {
  const { proxy, open } = await startNetwork();
  const [client, server] = await open();

  await proxy.become({ refuses: true });
  await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  client.socket.write('still here');
  await server.hears('still here');

  await proxy.become({});
  const [again, other] = await open();
  again.socket.write('back');
  await other.hears('back');
});

it('a server that is not there is an RST, not a wait', async () => {
  const nobody = createServer();
  await once(nobody.listen(0, '127.0.0.1'), 'listening');
  const { port } = nobody.address() as AddressInfo;
  nobody.close();
  const proxy = await startProxy(`http://127.0.0.1:${port}`);
  onTestFinished(() => proxy.close());
  const { ended } = endOf(connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1' }));
  expect(await ended).toBe('rst');
});

describe('a schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(schedule(7, 600_000)).toEqual(schedule(7, 600_000));
    expect(schedule(7, 600_000)).not.toEqual(schedule(8, 600_000));
  });

  it('has every kind, one thing after the other, and all is over in time', () => {
    for (const seed of Array.from({ length: 100 }, (_, index) => index)) {
      const faults = schedule(seed, 600_000);
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
      for (const [index, { at, lasts }] of faults.entries())
        expect(at + lasts).toBeLessThanOrEqual(faults[index + 1]?.at ?? 600_000);
    }
  });

  it('has stalls that SignalR waits for, and others that it does not', () => {
    const stalls = schedule(1, 600_000).filter(({ kind }) => kind === 'stall');
    expect(stalls.some(({ lasts }) => lasts > 30_000)).toBe(true);
    expect(stalls.some(({ lasts }) => lasts < 10_000)).toBe(true);
  });

  it('without cuts and resets loses nothing', () => {
    const kinds = ['stall', 'delay', 'throttle', 'refuse'] as const;
    expect(schedule(1, 600_000, kinds).every(({ end }) => end === 'none')).toBe(true);
  });

  it('leaves a healthy network behind, also where it was called off', async () => {
    const { proxy, open } = await startNetwork();
    const [client, server] = await open();
    const off = new AbortController();
    const forever = { kind: 'stall', at: 0, lasts: 1e9, conditions: { stalled: 'both' }, end: 'none' } as const;
    const happening = inflict(proxy, [forever], off.signal);
    client.socket.write('at last');

    off.abort();

    expect(await happening).toMatchObject({ cut: 0, reset: 0 });
    await server.hears('at last');
  });
});
