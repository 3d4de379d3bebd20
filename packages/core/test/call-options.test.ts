import {
  type CallOptions,
  type HubClient,
  HubError,
  type HubOptions,
  SessionEndedError,
  tokenFrom,
} from '@org/hub-core';
import { type AnyHubContract, createTestTokens, type HubCall, type TestHubOptions } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { createClient, createDeferred, type Served, serve, until } from './hub.ts';

/**
 * `signal` × `timeout` × `whenDisconnected` × invoke, send, stream, in each state of a client: how a call settles, and how
 * often the server has run it.
 */
interface Row {
  kind: 'invoke' | 'send' | 'stream';
  signal: 'no signal' | 'aborted before' | 'aborted meanwhile';
  timeout: 'no time limit' | 'time limit';
  whenDisconnected: 'wait' | 'reject';
}

const rows: Row[] = (['invoke', 'send', 'stream'] as const).flatMap((kind) =>
  (['no signal', 'aborted before', 'aborted meanwhile'] as const).flatMap((signal) =>
    (['no time limit', 'time limit'] as const).flatMap((timeout) =>
      (['wait', 'reject'] as const).map((whenDisconnected) => ({ kind, signal, timeout, whenDisconnected })),
    ),
  ),
);

const nameOf = (row: Row): string => Object.values(row).join(', ');

/** No connection is wanted; one is on its way; one takes over from another; there is one. */
type Situation = 'closed' | 'coming' | 'changing' | 'connected';

interface Outcome {
  end: string;
  runs: number;
  /** Settles while nothing comes from the server. */
  early: boolean;
}

function expected(situation: Situation, { kind, signal, timeout, whenDisconnected }: Row): Outcome {
  const method = kind === 'stream' ? 'Items' : 'Work';
  const unsent = (code: string): Outcome => ({ end: `${method}: ${code}, sent: no`, runs: 0, early: true });
  if (signal === 'aborted before') return unsent('aborted');
  if (situation === 'closed') return unsent('closed');
  if (situation === 'coming' && whenDisconnected === 'reject') return unsent('connection-lost');
  const givenUp = (code: string): Outcome =>
    situation === 'connected' ? { end: `${method}: ${code}, sent: unknown`, runs: 1, early: true } : unsent(code);
  if (signal === 'aborted meanwhile') return givenUp('aborted');
  const onItsWay = kind === 'send' && situation === 'connected';
  // A stream takes the time it takes.
  if (timeout === 'time limit' && kind !== 'stream' && !onItsWay) return givenUp('timeout');
  return { end: 'done', runs: 1, early: onItsWay };
}

/** Makes the call of a row; resolves with how it ends. */
async function call(hub: HubClient, row: Row, meanwhile: AbortSignal): Promise<string> {
  const options: CallOptions = { whenDisconnected: row.whenDisconnected };
  if (row.signal !== 'no signal') options.signal = row.signal === 'aborted before' ? AbortSignal.abort() : meanwhile;
  if (row.timeout === 'time limit') options.timeout = 30;
  const calls = hub.with(options);
  try {
    if (row.kind !== 'stream') await calls[row.kind]('Work', nameOf(row));
    else for await (const item of calls.stream('Items', nameOf(row))) expect(item).toBe('item');
    return 'done';
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return `${error.method}: ${error.code}, sent: ${error.sent}`;
  }
}

const tokens = createTestTokens();
const issue = (sub = 'ann'): Promise<string> => tokens.issue({ sub, expiresIn: 300 });

type Open = (
  client?: Partial<HubOptions>,
  server?: TestHubOptions<AnyHubContract>,
) => Promise<Served & { hub: HubClient }>;

/** Brings a client into its state; what comes back lets it go on. */
type Scene = (open: Open) => Promise<{ hub: HubClient; goOn?: () => void }>;

const scenes: [state: string, situation: Situation, scene: Scene][] = [
  ['before start()', 'closed', (open) => open()],
  [
    'connecting',
    'coming',
    async (open) => {
      const { promise, resolve: goOn } = createDeferred();
      const { hub } = await open({ prepare: () => promise });
      void hub.start();
      return { hub, goOn };
    },
  ],
  [
    'connected',
    'connected',
    async (open) => {
      const { hub } = await open();
      await hub.start();
      return { hub };
    },
  ],
  [
    'reconnecting',
    'coming',
    async (open) => {
      const { promise, resolve: goOn } = createDeferred();
      let prepared: Promise<void> | undefined;
      const { hub, server } = await open({ prepare: () => prepared ?? Promise.resolve() });
      await hub.start();
      prepared = promise;
      server.drop();
      await until(hub, ({ status }) => status === 'reconnecting');
      return { hub, goOn };
    },
  ],
  [
    'handing over in an overlap',
    'changing',
    async (open) => {
      const { promise, resolve: goOn } = createDeferred();
      const leaving = createDeferred();
      const { hub } = await open(
        { auth: tokenFrom(() => issue()), rotation: 'overlap' },
        {
          async onDisconnected() {
            leaving.resolve();
            await promise;
          },
        },
      );
      await hub.start();
      void Promise.allSettled([hub.refreshAuthentication()]);
      await leaving.promise;
      expect(hub.getSnapshot().status).toBe('connected');
      return { hub, goOn };
    },
  ],
  [
    'connecting as another user, while the connection of the first is closed',
    'coming',
    async (open) => {
      const { promise, resolve: goOn } = createDeferred();
      let user = 'ann';
      let signedIn = (): void => {};
      const auth = tokenFrom(() => issue(user), {
        subscribe(listener) {
          signedIn = () => listener('signed-in');
          return () => {};
        },
      });
      const { hub } = await open({ auth }, { onDisconnected: () => promise });
      await hub.start();
      user = 'bob';
      signedIn();
      await until(hub, ({ status }) => status === 'disconnecting');
      return { hub, goOn };
    },
  ],
  [
    'disconnecting',
    'closed',
    async (open) => {
      const { promise, resolve: goOn } = createDeferred();
      const { hub } = await open({}, { onDisconnected: () => promise });
      await hub.start();
      void hub.stop();
      expect(hub.getSnapshot().status).toBe('disconnecting');
      return { hub, goOn };
    },
  ],
  [
    'stopped',
    'closed',
    async (open) => {
      const { hub } = await open();
      await hub.start();
      await hub.stop();
      return { hub };
    },
  ],
  [
    'stopped by a verdict',
    'closed',
    async (open) => {
      const { hub, server } = await open();
      server.reject(404);
      await expect(hub.start()).rejects.toMatchObject({ code: 'not-a-hub' });
      return { hub };
    },
  ],
  [
    'waiting for a sign-in',
    'closed',
    async (open) => {
      const { hub } = await open({ auth: tokenFrom(() => null) });
      hub.start().catch(() => {});
      await until(hub, ({ auth }) => auth === 'anonymous');
      return { hub };
    },
  ],
  [
    'signed out for good',
    'closed',
    async (open) => {
      const auth = tokenFrom(() => Promise.reject(new SessionEndedError()));
      const { hub } = await open({ auth });
      await expect(hub.start()).rejects.toMatchObject({ code: 'session-ended' });
      return { hub };
    },
  ],
  [
    'logging out, calls are drained',
    'closed',
    async (open) => {
      const { hub } = await open({ auth: tokenFrom(() => issue()) });
      await hub.start();
      void Promise.allSettled([hub.invoke('Work', 'drained')]);
      void hub.logout();
      await until(hub, ({ status }) => status === 'disconnecting');
      return { hub };
    },
  ],
  [
    'logging out, the source signs out',
    'closed',
    async (open) => {
      const { promise, resolve: goOn } = createDeferred();
      const signingOut = createDeferred();
      const signOut = (): Promise<void> => {
        signingOut.resolve();
        return promise;
      };
      const { hub } = await open({ auth: tokenFrom(() => issue(), { signOut }) });
      await hub.start();
      void hub.logout();
      await signingOut.promise;
      return { hub, goOn };
    },
  ],
  [
    'logged out',
    'closed',
    async (open) => {
      const { hub } = await open({ auth: tokenFrom(() => issue()) });
      await hub.start();
      await hub.logout();
      return { hub };
    },
  ],
  [
    'disposed',
    'closed',
    async (open) => {
      const { hub } = await open();
      await hub.start();
      await hub.dispose();
      return { hub };
    },
  ],
];

it.each(scenes)(
  '%s: each call settles as its options say, and runs as often as it tells',
  async (_, situation, scene) => {
    const answer = createDeferred();
    let served: Served | undefined;
    const { hub, goOn } = await scene(async (client, server) => {
      served = await serve({
        ...(client?.auth && { authenticate: tokens.authenticate }),
        methods: { Work: (_call: HubCall<AnyHubContract>, _row: string) => answer.promise },
        streams: {
          async *Items(_call: HubCall<AnyHubContract>, _row: string) {
            await answer.promise;
            yield 'item';
          },
        },
        ...server,
      });
      return { ...served, hub: createClient(served.url, client).hub };
    });
    const wanted = rows.map((row) => ({ name: nameOf(row), ...expected(situation, row) }));
    const ends = (some: typeof wanted): object => Object.fromEntries(some.map(({ name, end }) => [name, end]));
    const meanwhile = new AbortController();
    const ended: Record<string, string> = {};

    const all = Promise.all(
      rows.map(async (row) => {
        const end = await call(hub, row, meanwhile.signal);
        ended[nameOf(row)] = end;
      }),
    );
    meanwhile.abort();
    await expect.poll(() => ended).toEqual(ends(wanted.filter(({ early }) => early)));
    goOn?.();
    answer.resolve();
    await all;

    expect(ended).toEqual(ends(wanted));
    const ran = (served?.server.received() ?? []).map(({ args }) => String(args[0]));
    const known = new Set(wanted.map(({ name }) => name));
    expect(ran.filter((arg) => known.has(arg))).toEqual(wanted.flatMap(({ name, runs }) => (runs ? [name] : [])));
  },
);
