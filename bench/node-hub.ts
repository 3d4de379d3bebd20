/// <reference types="node" />
/** The test hub in a process of its own, started by `startNodeHub`: it must not be in the heap of what is measured. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestHub, createTestTokens, type AnyHubContract, type HubCall } from '@org/hub-testing';
import type { BenchServer } from './server.ts';
import { createIssuer } from './tokens.ts';

type Call = HubCall<AnyHubContract>;

export async function startNodeHub(): Promise<Omit<BenchServer, 'renewable'>> {
  const { secret, issue } = createIssuer();
  const child = fork(fileURLToPath(import.meta.url), [], { env: { ...process.env, NODE_HUB_SECRET: secret } });
  const [url] = (await once(child, 'message')) as [string];
  return {
    plain: url,
    issue,
    async connections() {
      child.send('connections');
      const [count] = (await once(child, 'message')) as [number];
      return count;
    },
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
    authenticate: createTestTokens({ secret }).authenticate,
    methods: {
      Echo: (_: Call, value: unknown) => value,
      JoinGroup: (call: Call, group: string) => call.groups.add(group),
      LeaveGroup: (call: Call, group: string) => call.groups.remove(group),
      Cut: (call: Call) => call.drop(),
      Expire: (call: Call) => hub.close({ allowReconnect: true, filter: ({ id }) => id === call.connectionId }),
    },
  });
  const { url } = await hub.listen();
  process.on('message', () => process.send?.(hub.connections().length));
  // Whoever started this process is gone.
  process.on('disconnect', () => process.exit());
  process.send?.(url);
}
