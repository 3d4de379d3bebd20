/// <reference types="node" />
/** The test hub in a process of its own, started by `startNodeHub`: it must not be in the heap of what is measured. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTestHub, createTestTokens, type AnyHubContract, type HubCall } from '@org/hub-testing';
import type { BenchServer } from './server.ts';
import { createIssuer } from './tokens.ts';

type Call = HubCall<AnyHubContract>;

export interface NodeHub extends Omit<BenchServer, 'renewable'> {
  /** Sends everybody the numbers 1 to `count` as `Number`, `rate` a second; resolves when the last one is on its way. */
  send(rate: number, count: number): Promise<void>;
}

type Request = { ask: 'connections' } | { ask: 'send'; rate: number; count: number };

/** Visitors are welcome, from pages of any origin. */
export async function startNodeHub(): Promise<NodeHub> {
  const { secret, issue } = createIssuer();
  const child = fork(fileURLToPath(import.meta.url), [], { env: { ...process.env, NODE_HUB_SECRET: secret } });
  const [url] = (await once(child, 'message')) as [string];
  async function ask(request: Request): Promise<number> {
    child.send(request);
    const [answer] = (await once(child, 'message')) as [number];
    return answer;
  }
  return {
    plain: url,
    issue,
    connections: () => ask({ ask: 'connections' }),
    send: async (rate, count) => void (await ask({ ask: 'send', rate, count })),
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

const secret = process.env['NODE_HUB_SECRET'];
if (secret) {
  const hub = createTestHub({
    maximumParallelInvocationsPerClient: 100,
    anonymous: true,
    authenticate: createTestTokens({ secret }).authenticate,
    methods: {
      Echo: (_: Call, value: unknown) => value,
      JoinGroup: (call: Call, group: string) => call.groups.add(group),
      LeaveGroup: (call: Call, group: string) => call.groups.remove(group),
      Cut: (call: Call) => call.drop(),
      Expire: (call: Call) => hub.close({ allowReconnect: true, filter: ({ id }) => id === call.connectionId }),
    },
  });
  const { url } = await hub.listen({ cors: true });
  const send = async (rate: number, count: number): Promise<void> => {
    const started = performance.now();
    for (let number = 0; number < count; await sleep(1)) {
      const due = Math.min(count, ((performance.now() - started) / 1000) * rate);
      while (number < due) void hub.clients.all.send('Number', (number += 1));
    }
  };
  const answer = async (request: Request): Promise<void> => {
    if (request.ask === 'send') await send(request.rate, request.count);
    process.send?.(hub.connections().length);
  };
  process.on('message', (request: Request) => void answer(request));
  // Whoever started this process is gone.
  process.on('disconnect', () => process.exit());
  process.send?.(url);
}
