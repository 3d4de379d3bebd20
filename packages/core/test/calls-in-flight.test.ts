import { type HubClient, HubError, type HubOptions, tokenFrom } from '@org/hub-core';
import { type AnyHubContract, createTestTokens, type HubCall, type TestHub } from '@org/hub-testing';
import { expect, it } from 'vitest';
import { createClient, createDeferred, serve } from './hub.ts';

const tokens = createTestTokens();

interface Stage {
  hub: HubClient;
  server: TestHub<AnyHubContract>;
  signIn(user: string): void;
}

/** What takes the connection away from calls that the server runs. */
const ends: [how: string, end: (stage: Stage) => unknown, options?: Partial<HubOptions>][] = [
  ['a drop', ({ server }) => server.drop()],
  ['a drop, where none comes after it', ({ server }) => server.drop(), { reconnect: false }],
  ['a close by the server', ({ server }) => server.close({ allowReconnect: true })],
  ['a close by the server that is meant to last', ({ server }) => server.close({ allowReconnect: false })],
  ['stop()', ({ hub }) => hub.stop()],
  ['dispose()', ({ hub }) => hub.dispose()],
  ['another user', ({ signIn }) => signIn('bob')],
];

it.each(ends)(
  '%s: a call in flight rejects once, as one that may have run; nothing is sent again',
  async (_, end, options) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const never = createDeferred();
    const { server, url, calls } = await serve({
      authenticate: tokens.authenticate,
      methods: { Work: (_call: HubCall<AnyHubContract>, _arg: string) => never.promise },
      streams: {
        async *Items(_call: HubCall<AnyHubContract>, _arg: string) {
          yield 'item';
          await never.promise;
        },
      },
    });
    let user = 'ann';
    let signedIn = (): void => {};
    const auth = tokenFrom(() => tokens.issue({ sub: user, expiresIn: 300 }), {
      subscribe(listener) {
        signedIn = () => listener('signed-in');
        return () => {};
      },
    });
    const { hub } = createClient(url, { auth, ...options });
    await hub.start();
    const first = createDeferred<unknown>();
    async function read(): Promise<void> {
      for await (const item of hub.stream('Items', 'stream')) first.resolve(item);
    }
    const signal = new AbortController().signal;
    const inFlight = [
      hub.invoke('Work', 'plain'),
      hub.with({ signal, timeout: 10_000 }).invoke('Work', 'bounded'),
      read(),
    ];
    const outcomes = Promise.allSettled(inFlight);
    await hub.send('Work', 'sent');
    await first.promise;

    const ended = end({
      hub,
      server,
      signIn(who) {
        user = who;
        signedIn();
      },
    });

    const reasons = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as unknown) : outcome,
    );
    expect(
      reasons.map((reason) => reason instanceof HubError && `${reason.method}: ${reason.code}, ${reason.sent}`),
    ).toEqual(['Work: connection-lost, unknown', 'Work: connection-lost, unknown', 'Items: connection-lost, unknown']);
    await ended;
    await hub.stop();
    expect(calls()).toEqual(['Work plain', 'Work bounded', 'Items stream', 'Work sent']);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  },
);
