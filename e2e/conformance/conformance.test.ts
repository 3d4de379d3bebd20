/// <reference types="node" />
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behaviours } from './behaviours/index.ts';
import { run } from './run.ts';
import { startAspNetCore } from './servers/aspnetcore.ts';
import type { ConformanceServer } from './servers/server.ts';
import { startTestHub } from './servers/test-hub.ts';

// One behaviour on one transport each, many at a time; `npm run conformance` prints the same as a table.
const start = process.env['TEST_SERVER'] === 'aspnetcore' ? startAspNetCore : startTestHub;
let server: ConformanceServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

const ways = ['http', 'WebSockets', 'ServerSentEvents', 'LongPolling'] as const;
describe.concurrent.each(ways)('%s', (way) => {
  for (const behaviour of behaviours.filter(({ on }) => on.includes(way))) {
    it(`${behaviour.group}: ${behaviour.name}`, async () => {
      const { observed, expected } = await run(behaviour, server, way);
      if (observed instanceof Error) throw observed;
      expect(observed).toEqual(expected);
    });
  }
});
