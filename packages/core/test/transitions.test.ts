/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { type HubClient, type HubOptions, tokenFrom, type TokenChange } from '@org/hub-core';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { phases } from '../src/connection/lifecycle.ts';
import { createClient, createDeferred, serve, type Served, until } from './hub.ts';
import { doorsOf } from './token-server.ts';
import { documentOf, drawing, listed, table } from './transitions.ts';

it('the list is the table: no transition is missing, none too many, none twice', () => {
  expect(listed.map(({ from, to }) => `${from} ${to}`).sort()).toEqual([...table].sort());
});

it('the drawing names each phase, and nothing else', () => {
  expect([...new Set(drawing.match(/[a-z]+/g))].filter((word) => !/^(all|but)$/.test(word)).sort()).toEqual(
    Object.keys(phases).sort(),
  );
});

it('docs/transitions.md is up to date: `npm run docs:transitions`', async () => {
  const file = new URL('../../../docs/transitions.md', import.meta.url);
  const options = await resolveConfig(file);
  expect(readFileSync(file, 'utf8')).toBe(await format(documentOf(), { ...options, parser: 'markdown' }));
});

/** An app where somebody signs in and out. */
function signIns() {
  let user: string | null = null;
  let told = (_: TokenChange): void => {};
  return {
    auth: tokenFrom(() => user && { token: `token-of-${user}-${crypto.randomUUID()}`, userId: user }, {
      subscribe: (listener) => ((told = listener), () => (told = () => {})),
    }),
    tell(change: TokenChange, who: string | null) {
      user = who;
      told(change);
    },
  };
}

const passing: [
  what: string,
  run: (to: (options?: Partial<HubOptions>) => HubClient, served: Served) => Promise<void>,
][] = [
  [
    'a lost connection, a verdict, and stop()',
    async (to, { server }) => {
      const hub = to();
      await hub.start();
      server.drop();
      await until(hub, ({ gaps }) => gaps === 1);
      await server.close();
      await until(hub, ({ status }) => status === 'disconnected');
      await hub.stop();
    },
  ],
  [
    'a first start that is refused, one that waits, and one that is stopped',
    async (to, { server }) => {
      const lift = server.reject(404);
      const hub = to();
      await expect(hub.start()).rejects.toMatchObject({ code: 'not-a-hub' });
      lift();
      server.reject(503);
      hub.start().catch(() => {});
      await until(hub, ({ retryAt }) => retryAt !== null);
      await hub.stop();
      const gate = createDeferred<string>();
      const other = to({ url: () => gate.promise });
      other.start().catch(() => {});
      await other.stop();
    },
  ],
  [
    'a sign-in, another user, a sign-out',
    async (to) => {
      const { auth, tell } = signIns();
      const hub = to({ auth });
      const started = hub.start();
      await until(hub, (snapshot) => snapshot.auth === 'anonymous');
      tell('signed-in', 'ann');
      await started;
      tell('signed-in', 'bob');
      await until(hub, ({ userId, status }) => userId === 'bob' && status === 'connected');
      tell('signed-out', null);
      await until(hub, ({ status }) => status === 'disconnected');
      const waiting = to({ auth });
      waiting.start().catch(() => {});
      await until(waiting, (snapshot) => snapshot.auth === 'anonymous');
      await waiting.stop();
    },
  ],
  [
    'another link, and one that is not ready when the first one dies',
    async (to, { server }) => {
      const { auth, tell } = signIns();
      tell('renewed', 'ann');
      const gate = createDeferred();
      const reached = createDeferred();
      let links = 0;
      const hub = to({
        auth,
        rotation: 'overlap',
        async prepare() {
          if (++links !== 3) return;
          reached.resolve();
          await gate.promise;
        },
      });
      await hub.start();
      await hub.refreshAuthentication();
      const first = hub.getSnapshot().connectionId;
      const refreshed = hub.refreshAuthentication();
      await reached.promise;
      server.drop({ filter: ({ id }) => id === first });
      await until(hub, ({ status }) => status === 'reconnecting');
      gate.resolve();
      await refreshed;
      await hub.logout();
    },
  ],
];

it('each transition of the table happens, and no other', async () => {
  const seen = new Set<string>();
  for (const [, run] of passing) {
    const served = await serve({
      authenticate: ({ token }) => (token === null ? null : { userId: token.slice(9, 12) }),
      anonymous: true,
    });
    const { url, ...doors } = doorsOf(served.server);
    await run((options = {}) => {
      let phase = 'stopped';
      const log = (level: string, line: string): void => {
        if (level !== 'debug' || !(line in phases)) return;
        seen.add(`${phase} ${line}`);
        phase = line;
      };
      return createClient(options.url ?? url, { logger: { log }, signalr: doors, ...options }).hub;
    }, served);
    await served.server.dispose();
  }
  expect([...seen].sort()).toEqual([...table].sort());
});
