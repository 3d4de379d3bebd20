import type { HubEvent } from '@org/hub-core';
import fc from 'fast-check';
import { moods } from './accounts.ts';
import type { Watched } from './client.ts';
import type { Door } from './server.ts';
import type { Expected, ExpectedClient, World } from './world.ts';

/** One thing that happens. Nobody waits for what comes of it; whoever must is followed. */
export interface Deed {
  /** Its kind; behind a comma or a colon, and for whom in brackets, what differs from one to another. */
  readonly text: string;
  possible?(expected: Expected, world: { virtual: boolean }): boolean;
  run(world: World, expected: Expected): void;
}

const groups = ['a', 'b', 'c'] as const;
const users = ['ann', 'bob'] as const;
const which = fc.nat(1);
const group = fc.constantFrom(...groups);
const virtual: Deed['possible'] = (_, at) => at.virtual;

type Act = (client: Watched, expected: ExpectedClient, world: World) => void;

function ofClient(
  text: string,
  index: number,
  act: Act,
  possible: (expected: ExpectedClient) => boolean = alive,
): Deed {
  return {
    text: `${text} (${'AB'[index]})`,
    possible: ({ clients }) => possible(clients[index]!),
    run: (world, expected) => act(world.clients[index]!, expected.clients[index]!, world),
  };
}

const alive = ({ disposed }: ExpectedClient): boolean => !disposed;
const one = (text: string, act: Act, possible?: (expected: ExpectedClient) => boolean): fc.Arbitrary<Deed> =>
  which.map((index) => ofClient(text, index, act, possible));
const deed = (text: string, run: Deed['run'], possible?: Deed['possible']): Deed => ({
  text,
  run,
  ...(possible && { possible }),
});

// --- what an app does ------------------------------------------------------------------------------------------------

const start: Act = (client, expected, world) => {
  expected.intent = true;
  world.wakings += 1;
  void client.follow('start()', client.hub.start());
};

/** Once it is through, and nobody has asked for more, there is silence. */
function silences(world: World, clients: readonly Watched[], what: string, done: Promise<unknown>): void {
  const { wakings } = world;
  void done.then(() => {
    if (world.wakings !== wakings) return;
    for (const { name, hub, wire } of clients) {
      const { status } = hub.getSnapshot();
      if (status !== 'disconnected') world.complaints.push(`${name}: after ${what} it is ${status}`);
      if (wire.links().length > 0)
        world.complaints.push(`${name}: after ${what} there are ${wire.links().length} links`);
    }
  });
}

const stop: Act = (client, expected, world) => {
  expected.intent = false;
  silences(world, [client], 'stop()', client.follow('stop()', client.hub.stop()));
};

const dispose: Act = (client, expected, world) => {
  expected.intent = false;
  expected.disposed = true;
  silences(world, [client], 'dispose()', client.follow('dispose()', client.hub.dispose()));
};

const logout =
  (signOut: boolean): Act =>
  (client, _, world) =>
    silences(world, world.clients, 'logout()', client.follow('logout()', client.hub.logout({ signOut })));

const join =
  (name: string): Act =>
  (client, { wishes }) => {
    const handle = client.hub.join(name);
    client.handles.push(handle);
    wishes.push(name);
    void client.follow(`ready of ${name}`, handle.ready);
  };

const leave =
  (nth: number): Act =>
  (client, { wishes }) => {
    const held = [...wishes.keys()].filter((index) => wishes[index]);
    const index = held[nth % held.length]!;
    const name = wishes[index]!;
    wishes[index] = null;
    client.numbers.disturb(name);
    void client.follow(`leave of ${name}`, client.handles[index]!.leave());
  };

type How = 'plain' | 'signal' | 'timeout' | 'reject';
const hows: readonly How[] = ['plain', 'signal', 'timeout', 'reject'];

/** Each call has a tag of its own: the server tells which ones it has run. */
const call =
  (kind: 'invoke' | 'send', how: How, ms: number): Act =>
  (client) => {
    const tag = `${client.name}${client.calls.size + 1}`;
    const abort = new AbortController();
    const options = {
      plain: {},
      signal: { signal: abort.signal },
      timeout: { timeout: 300 },
      reject: { whenDisconnected: 'reject' as const },
    }[how];
    if (how === 'signal') setTimeout(() => abort.abort(), 150);
    client.calls.set(tag, 'pending');
    const caller = how === 'plain' ? client.hub : client.hub.with(options);
    const calling = kind === 'invoke' ? caller.invoke('Slow', ms, tag) : caller.send('Slow', ms, tag);
    const called = calling.then(
      () => client.calls.set(tag, kind === 'invoke' ? 'answered' : 'unknown'),
      (error: { sent?: 'no' | 'unknown' | 'yes' }) => {
        client.calls.set(tag, error.sent ?? 'unknown');
        throw error;
      },
    );
    void client.follow(`${kind}(${tag})`, called);
  };

const read =
  (name: 'Counter' | 'Ticks', leaveAfter: number, cancelled: boolean): Act =>
  (client) => {
    const stream = name === 'Counter' ? client.hub.stream('Counter', 3, 50) : client.hub.stream('Ticks', 't', 100);
    const reading = (async () => {
      let next = 0;
      for await (const number of stream) {
        if (number !== ++next) throw new Error(`the item ${number} came after ${next - 1}`);
        if (next === leaveAfter) break;
      }
    })();
    void client.follow(`stream(${name})`, reading);
    if (cancelled) setTimeout(stream.cancel, 120);
  };

async function* upload(): AsyncGenerator<number> {
  for (let number = 1; number <= 3; number += 1) {
    yield number;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

const app: fc.WeightedArbitrary<Deed>[] = [
  { weight: 10, arbitrary: one('start', start) },
  {
    weight: 2,
    arbitrary: fc.tuple(which, fc.constantFrom(0, 1, 50, 2_000)).map(([index, ms]) =>
      ofClient(`start, aborted after ${ms} ms`, index, (client, expected, world) => {
        const abort = new AbortController();
        if (expected.intent !== true) expected.intent = 'maybe';
        else if (client.hub.getSnapshot().status !== 'connected') expected.intent = 'maybe';
        world.wakings += 1;
        void client.follow('start() that is aborted', client.hub.start({ signal: abort.signal }));
        setTimeout(() => abort.abort(), ms);
      }),
    ),
  },
  { weight: 3, arbitrary: one('stop', stop) },
  { weight: 1, arbitrary: one('dispose', dispose) },
  { weight: 2, arbitrary: fc.boolean().chain((signOut) => one(`logout, signOut ${signOut}`, logout(signOut))) },
  { weight: 6, arbitrary: group.chain((name) => one(`join: ${name}`, join(name))) },
  {
    weight: 4,
    arbitrary: fc
      .nat(5)
      .chain((nth) =>
        one(`leave, handle ${nth}`, leave(nth), ({ wishes, disposed }) => !disposed && wishes.some(Boolean)),
      ),
  },
  {
    weight: 2,
    arbitrary: one('retry of every group', (client) => client.handles.forEach((handle) => handle.retry())),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom<'invoke' | 'send'>('invoke', 'invoke', 'send'),
        fc.constantFrom(...hows),
        fc.constantFrom(0, 100, 1_000, 8_000),
      )
      .chain(([kind, how, ms]) => one(`${kind}, ${ms} ms, ${how}`, call(kind, how, ms))),
  },
  {
    weight: 1,
    arbitrary: one(
      'invoke, which fails',
      (client) => void client.follow('invoke(Fail)', client.hub.invoke('Fail', 'hub')),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom<'Counter' | 'Ticks'>('Counter', 'Ticks'), fc.constantFrom(1, 3, 1_000), fc.boolean())
      .chain(([name, items, cancelled]) =>
        one(`stream: ${name}, ${items} items${cancelled ? ', cancelled' : ''}`, read(name, items, cancelled)),
      ),
  },
  {
    weight: 1,
    arbitrary: one(
      'invoke, with an upload',
      (client) => void client.follow('invoke(Collect)', client.hub.invoke('Collect', 'run', upload())),
    ),
  },
  {
    weight: 3,
    arbitrary: one(
      'refreshAuthentication',
      (client) => void client.follow('refreshAuthentication()', client.hub.refreshAuthentication()),
    ),
  },
  {
    // A listener may call anything.
    weight: 3,
    arbitrary: fc
      .tuple(
        which,
        fc.constantFrom<HubEvent['type']>(
          'statusChanged',
          'reconnecting',
          'restored',
          'rotated',
          'groupJoined',
          'tokenRefreshed',
          'sessionEnded',
          'unauthorized',
        ),
        fc.constantFrom<[string, Act]>(
          ['stop', stop],
          ['start', start],
          ['join a', join('a')],
          ['invoke', call('invoke', 'plain', 0)],
          ['logout', logout(true)],
          [
            'refreshAuthentication',
            (client) => void client.follow('refreshAuthentication()', client.hub.refreshAuthentication()),
          ],
        ),
      )
      .map(([index, type, [name, act]]) =>
        ofClient(`upon the next ${type}: ${name}`, index, (client, expected, world) =>
          client.upon(type, () => expected.disposed || act(client, expected, world)),
        ),
      ),
  },
];

// --- what the server does, and the network ---------------------------------------------------------------------------

function send(world: World, to: (number: number) => Promise<void>, name?: string): void {
  const number = (world.number += 1);
  for (const { numbers } of world.clients) numbers.send(number, name);
  void to(number);
}

const server: fc.WeightedArbitrary<Deed>[] = [
  { weight: 12, arbitrary: fc.constant(deed('broadcast', (world) => send(world, world.server.broadcast))) },
  {
    weight: 8,
    arbitrary: group.map((name) =>
      deed(`message to a group: ${name}`, (world) => send(world, (number) => world.server.toGroup(name, number), name)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...users)
      .map((user) => deed(`message to a user: ${user}`, ({ server: hub }) => void hub.toUser(user))),
  },
  { weight: 1, arbitrary: fc.constant(deed('asks each client', ({ server: hub }) => void hub.ask())) },
  { weight: 5, arbitrary: fc.constant(deed('drop', ({ server: hub }) => void hub.drop())) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<{ allowReconnect: boolean; error?: string }>(
        { allowReconnect: true },
        { allowReconnect: true },
        { allowReconnect: false },
        { allowReconnect: false, error: 'Connection closed with an error.' },
      )
      .map((how) => deed(`close: ${JSON.stringify(how)}`, ({ server: hub }) => void hub.close(how))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...users)
      .map((user) => deed(`expire: ${user}`, ({ server: hub }) => void hub.special!.expire(user), virtual)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(0, 500, 5_000)
      .map((ms) => deed(`restart, down for ${ms} ms`, ({ server: hub }) => void hub.restart(ms))),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(401, 401, 403, 429, 500, 503),
        fc.constantFrom<Door>('negotiate', 'connect', 'refresh'),
        fc.constantFrom(1, 1, 2, 4),
      )
      .map(([status, on, times]) =>
        deed(`rejects: ${status} on ${on}, ${times} times`, ({ server: hub }) => void hub.reject(status, on, times)),
      ),
  },
  {
    weight: 1,
    arbitrary: group.map((name) => deed(`refuses: ${name}`, ({ server: hub }) => void hub.refuseGroup(name))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(group, fc.constantFrom(1, 2, 5))
      .map(([name, times]) =>
        deed(`fails to join: ${name}, ${times} times`, ({ server: hub }) => void hub.failGroup(name, times)),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.constant(
      deed(
        'half-open',
        ({ server: hub }, expected) => {
          expected.frozen = true;
          hub.special!.freeze();
        },
        ({ frozen }, at) => at.virtual && !frozen,
      ),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.constant(
      deed(
        'thaw',
        ({ server: hub }, expected) => {
          expected.frozen = false;
          hub.special!.thaw();
        },
        ({ frozen }) => frozen,
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 0, 40, 700).map((ms) =>
      deed(
        `delay: ${ms} ms`,
        (world) => {
          world.slack = Math.max(world.slack, 2 * ms + 1);
          world.server.special!.delay(ms);
        },
        virtual,
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .nat(99)
      .map((seed) => deed(`garbage: ${seed}`, ({ server: hub }) => hub.special!.garbage(seed), virtual)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(1, 30, 200)
      .map((bytes) => deed(`cut, after ${bytes} bytes`, ({ server: hub }) => hub.special!.cutAfter(bytes), virtual)),
  },
];

// --- who is signed in, and the page ----------------------------------------------------------------------------------

const surroundings: fc.WeightedArbitrary<Deed>[] = [
  {
    weight: 5,
    arbitrary: fc.constantFrom(...users).map((user) =>
      deed(`sign-in as ${user}`, (world) => {
        world.wakings += 1;
        world.accounts.signInAs(user);
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      deed('signed out elsewhere', (world) => {
        // Visitors go on.
        world.wakings += 1;
        world.accounts.signOut();
      }),
    ),
  },
  { weight: 4, arbitrary: fc.constant(deed('the app renews the token', ({ accounts }) => accounts.renew())) },
  {
    weight: 6,
    arbitrary: fc
      .oneof(
        { weight: 2, arbitrary: fc.constant<(typeof moods)[number]>('good') },
        { weight: 3, arbitrary: fc.constantFrom(...moods) },
      )
      .map((mood) => deed(`token end point ${mood}`, ({ accounts }) => accounts.setMood(mood))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(3_000, 20_000, 300_000)
      .map((ms) => deed(`tokens live: ${ms} ms`, ({ accounts }) => void (accounts.lifetime = ms))),
  },
  { weight: 1, arbitrary: fc.constant(deed('tokens are revoked', ({ server: hub }) => void hub.revoke())) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(-600_000, -5_000, 5_000, 60_000, 600_000, 3_600_000).map((ms) =>
      deed(
        `clock jump: ${ms} ms`,
        ({ jump, page }) => {
          jump!(ms);
          // A machine that slept.
          if (ms > 0) page.tell('resume');
        },
        (_, at) => at.virtual,
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().map((cut) =>
      deed(`offline${cut ? ', and cut off' : ''}`, ({ page, clients, server: hub }) => {
        page.online = false;
        for (const { wire } of clients) wire.offline = true;
        page.tell('offline');
        if (cut) void hub.drop();
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constant(
      deed('online', ({ page, clients }) => {
        page.online = true;
        for (const { wire } of clients) wire.offline = false;
        page.tell('online');
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().map((visible) =>
      deed(visible ? 'visible' : 'hidden', ({ page }) => {
        page.visible = visible;
        page.tell('visibilitychange');
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<[string, boolean]>(['freeze', false], ['resume', false], ['pagehide', true], ['pageshow', true])
      .map(([type, persisted]) => deed(type, ({ page }) => page.tell(type, { persisted }))),
  },
];

export const anyDeed: fc.Arbitrary<Deed> = fc.oneof(...app, ...server, ...surroundings, {
  weight: 12,
  arbitrary: fc.constant(deed('nothing', () => {})),
});

export const kindOf = ({ text }: Deed): string => text.split(/[,:]| \(/)[0]!;

/** Without each of these it would not be anything. */
export const mustOccur: readonly string[] = [
  ...['start', 'stop', 'join', 'leave', 'invoke', 'send', 'stream', 'drop', 'restart', 'offline', 'visible', 'freeze'],
  ...['the app renews the token', 'refreshAuthentication', 'sign-in as bob', 'logout', 'dispose'],
  ...moods.map((mood) => `token end point ${mood}`),
];

/** And these, where time is not real. */
export const mustOccurOnTestHub: readonly string[] = ['half-open', 'expire', 'clock jump'];
