/// <reference types="node" />
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behaviours } from './behaviours/index.ts';
import { run } from './run.ts';
import { examinations, isCovered } from './servers/index.ts';
import type { ConformanceServer } from './servers/server.ts';

// One test for each behaviour and way, many at a time; `npm run conformance` prints the same as a table.
const key = process.env['TEST_SERVER'] ?? 'node';
for (const examination of examinations.filter((candidate) => candidate.key === key)) {
  describe(examination.server, () => {
    let server: ConformanceServer;
    beforeAll(async () => {
      server = await examination.start();
    });
    afterAll(() => server.close());

    describe.concurrent.each(examination.ways)('%s', (way) => {
      for (const behaviour of behaviours.filter((candidate) => isCovered(examination, candidate, way))) {
        it(`${behaviour.group}: ${behaviour.name}`, async () => {
          const { observed, expected } = await run(behaviour, server, way, examination.protocol?.());
          if (observed instanceof Error) throw observed;
          expect(observed).toEqual(expected);
        });
      }
    });
  });
}
