/// <reference types="node" />
/** The test hub, here or in a process of its own: it must not be in the heap of what is measured. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTestHub, createTestTokens, type AnyHubContract, type HubCall } from '@org/hub-testing';
import type { BenchServer } from './server.ts';
import { createIssuer } from './tokens.ts';

type Call = HubCall<AnyHubContract>;

/** What can be asked of it, and told to it, from another process. */
interface Asked {
  /** How many are open now. */
  connections(): number;
  /** How many memberships of a group there are. */
  memberships(): number;
  /** Sends everybody the numbers 1 to `count`, `rate` a second; resolves when the last one is on its way. */
  send(rate: number, count: number, method?: string): Promise<void>;
  /** All sockets die, and it is back at once. */
  restart(): Promise<void>;
  /** Half-open from now on: nothing is read, answered or closed. */
  freeze(): void;
  thaw(): void;
}

export type NodeHub = Omit<BenchServer, keyof Asked> & {
  [K in keyof Asked]: (...args: Parameters<Asked[K]>) => Promise<Awaited<ReturnType<Asked[K]>>>;
};

/** Visitors are welcome, from pages of any origin. In a process of its own. */
export async function startNodeHub(): Promise<NodeHub> {
  const { secret, issue } = createIssuer();
  const child = fork(fileURLToPath(import.meta.url), [], { env: { ...process.env, NODE_HUB_SECRET: secret } });
  const [urls] = (await once(child, 'message')) as [Pick<BenchServer, 'plain' | 'renewable'>];
  const waiting = new Map<number, (result: never) => void>();
  let questions = 0;
  child.on('message', ({ id, result }: Answer) => {
    waiting.get(id)?.(result as never);
    waiting.delete(id);
  });
  const ask =
    <K extends keyof Asked>(what: K) =>
    (...args: Parameters<Asked[K]>): Promise<never> =>
      new Promise((resolve) => {
        waiting.set((questions += 1), resolve);
        child.send({ id: questions, what, args } satisfies Question);
      });
  return {
    ...urls,
    issue,
    connections: ask('connections'),
    memberships: ask('memberships'),
    send: ask('send'),
    restart: ask('restart'),
    freeze: ask('freeze'),
    thaw: ask('thaw'),
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** In this process. */
export async function openNodeHub(): Promise<NodeHub> {
  const { secret, issue } = createIssuer();
  const { urls, asked, stop } = await openHubs(secret);
  return {
    ...urls,
    issue,
    connections: async () => asked.connections(),
    memberships: async () => asked.memberships(),
    send: asked.send,
    restart: asked.restart,
    freeze: async () => asked.freeze(),
    thaw: async () => asked.thaw(),
    stop,
  };
}

async function openHubs(secret: string): Promise<{
  urls: Pick<BenchServer, 'plain' | 'renewable'>;
  asked: Asked;
  stop(): Promise<void>;
}> {
  const hubs = [openHub(secret, false), openHub(secret, true)] as const;
  const [plain, renewable] = await Promise.all(hubs.map((hub) => hub.listen({ cors: true })));
  const clients = () => hubs.flatMap((hub) => hub.connections());
  return {
    urls: { plain: plain!.url, renewable: renewable!.url },
    asked: {
      connections: () => clients().length,
      memberships: () => clients().reduce((sum, { groups }) => sum + groups.size, 0),
      async send(rate, count, method = 'Number') {
        const started = performance.now();
        for (let number = 0; number < count; await sleep(1)) {
          const due = Math.min(count, ((performance.now() - started) / 1000) * rate);
          while (number < due) {
            number += 1;
            for (const hub of hubs) void hub.clients.all.send(method, number);
          }
        }
      },
      restart: async () => void (await Promise.all(hubs.map((hub) => hub.restart()))),
      freeze: () => hubs.forEach((hub) => hub.freeze()),
      thaw: () => hubs.forEach((hub) => hub.thaw()),
    },
    stop: async () => void (await Promise.all(hubs.map((hub) => hub.dispose()))),
  };
}

/** Methods as those of aspnetcore/Program.cs, and what the components of `proof/leaks` ask for. */
function openHub(secret: string, renewable: boolean) {
  const hub = createTestHub({
    maximumParallelInvocationsPerClient: 100,
    anonymous: true,
    authenticate: createTestTokens({ secret }).authenticate,
    enableAuthenticationRefresh: renewable,
    methods: {
      Echo: (_: Call, value: unknown, milliseconds = 0) => (milliseconds ? sleep(milliseconds, value) : value),
      JoinGroup: (call: Call, group: string) => call.groups.add(group),
      LeaveGroup: (call: Call, group: string) => call.groups.remove(group),
      Cut: (call: Call) => call.drop(),
      Expire: (call: Call) => hub.close({ allowReconnect: true, filter: ({ id }) => id === call.connectionId }),
      Double: (_: Call, value: number) => 2 * value,
      History: () => [1, 2],
    },
    streams: {
      Count,
      Ticks: (call: Call, _symbol: string) => Count(call, 1e9, 10),
    },
  });
  return hub;
}

/** 1, 2, … with a pause after each. */
async function* Count({ signal }: Call, upTo: number, milliseconds: number): AsyncGenerator<number> {
  for (let number = 1; number <= upTo && !signal.aborted; number += 1) {
    yield number;
    await sleep(milliseconds, undefined, { signal }).catch(() => {});
  }
}

interface Question {
  id: number;
  what: keyof Asked;
  args: unknown[];
}

interface Answer {
  id: number;
  result: unknown;
}

const secret = process.env['NODE_HUB_SECRET'];
if (secret) {
  const { urls, asked } = await openHubs(secret);
  process.on('message', ({ id, what, args }: Question) => {
    void (async () => {
      const result = await (asked[what] as (...given: unknown[]) => unknown)(...args);
      process.send?.({ id, result } satisfies Answer);
    })();
  });
  // Whoever started this process is gone.
  process.on('disconnect', () => process.exit());
  process.send?.(urls);
}
