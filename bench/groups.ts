/// <reference types="node" />
/**
 * How long 1,000 groups take after a drop, beside the least that the network allows: one round trip where the hub joins many
 * at once, else one for each `concurrency` of them. Counted from the moment that the new connection is open, which every client
 * must wait for, to the event that says that all groups are back.
 *
 * `--groups=1000`, `--round-trip=50` (ms), `--rounds=5`
 */
import { tokenFrom, type HubOptions } from '@org/hub-core';
import { ourClient } from './contestants.ts';
import { atMost, judge, type Verdict } from './limits.ts';
import { startProxy } from '../proof/faults/proxy.ts';
import { startServer } from './server.ts';
import { numberOption, percentile, printTable, spread } from './table.ts';

const count = numberOption('groups', 1_000);
const roundTrip = numberOption('round-trip', 50);
const rounds = numberOption('rounds', 5);
/** Of the limit. */
const allowed = 1.3;

const names = Array.from({ length: count }, (_, index) => `group-${index + 1}`);
const ways: Record<string, { groups: NonNullable<HubOptions['groups']>; trips: number }> = {
  joinMany: { groups: { joinMany: 'JoinGroups' }, trips: 1 },
  'concurrency 100': { groups: { concurrency: 100 }, trips: Math.ceil(count / 100) },
  'concurrency 10, the default': { groups: {}, trips: Math.ceil(count / 10) },
};

const server = await startServer({ rate: 1 });
const network = await startProxy(server.plain, { delay: roundTrip / 2 });
const verdicts: Verdict[] = [];
const rows: Record<string, Record<string, string | number>> = {};
for (const [way, { groups, trips }] of Object.entries(ways)) {
  const { joins, echo } = await measure(groups);
  // What a round trip takes here: the timers of the network are late by a millisecond or so.
  const limit = trips * percentile(echo, 0.5);
  const ratio = percentile(joins, 0.5) / limit;
  rows[way] = {
    'round trips': trips,
    'limit, ms': limit.toFixed(0),
    'measured, ms': spread(joins, 0),
    'times the limit': ratio.toFixed(2),
  };
  verdicts.push(atMost(`${count} groups, ${way}`, ratio, allowed, ' × the limit'));
}
printTable(`${count} groups after a drop, round trip ${roundTrip} ms: median (least–most) of ${rounds}`, rows);
await network.close();
await server.stop();
judge(verdicts);

async function measure(groups: NonNullable<HubOptions['groups']>): Promise<{ joins: number[]; echo: number[] }> {
  let openedAt = 0;
  const { hub, ...client } = ourClient(
    {
      url: network.url,
      auth: tokenFrom(() => server.issue(3600)),
      // Where the time is over the connection would go on without the rest.
      groups: { timeout: 60_000, ...groups },
      reconnect: { baseDelay: 1 },
      prepare: async () => {
        openedAt = performance.now();
      },
    },
    names,
  );
  await client.start();
  const joins: number[] = [];
  const echo: number[] = [];
  // The first round does not count: code is being compiled.
  for (let round = 0; round <= rounds; round += 1) {
    const restored = new Promise<{ joined: number }>((resolve) => hub.events.on('restored', resolve));
    network.cut();
    const { joined } = await restored;
    const took = performance.now() - openedAt;
    if (joined !== count) throw new Error(`Only ${joined} groups of ${count} are back.`);
    const asked = performance.now();
    await client.invoke('Echo', round, 0);
    if (round === 0) continue;
    joins.push(took);
    echo.push(performance.now() - asked);
  }
  await client.stop();
  return { joins, echo };
}
