/// <reference types="node" />
/**
 * Many clients at once, simulated: their hub restarts, or their tokens expire together; with our policy, and with what SignalR
 * and oidc-client-ts do. Then hundreds of real clients, to see that the simulation is honest. All figures go into docs/herd.md,
 * with a picture.
 *
 * `--clients=10000`, `--seed=7`, `--real=200`, `--quick` (a look; nothing is written)
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { prove } from '../claim.ts';
import { numberOption, seed } from '../options.ts';
import { claimsOf } from './claims.ts';
import { document } from './page.ts';
import type { Panel } from './picture.ts';
import {
  downTimes,
  expiryPolicies,
  type ExpiryResult,
  expiryResult,
  loginTimes,
  restartPolicies,
  type RestartResult,
  restartResult,
  tenthOf,
} from './results.ts';
import type { Seen } from './simulations.ts';
import { validate } from './validation.ts';

const herd = { clients: numberOption('clients', 10_000), seed };
const restarts: RestartResult[] = [];
const expiries: ExpiryResult[] = [];
const kept = new Map<string, Seen>();

for (const world of ['unlimited', 'refuses', 'queues'] as const) {
  for (const downFor of downTimes) {
    for (const policy of restartPolicies) {
      const { seen, result } = await restartResult(herd, policy, world, downFor);
      restarts.push(result);
      if (world === 'unlimited') kept.set(`restart ${downFor} ${policy}`, seen);
    }
  }
}
for (const world of ['unlimited', 'refuses'] as const) {
  for (const within of loginTimes) {
    for (const policy of expiryPolicies) {
      const { seen, result } = await expiryResult(herd, policy, world, within);
      expiries.push(result);
      if (world === 'unlimited') kept.set(`expiry ${within} ${policy}`, seen);
    }
  }
}
const validation = await validate(numberOption('real', 200), seed);
const claims = [...claimsOf(herd, restarts, expiries), ...validation];

if (!parseArgs({ strict: false }).values['quick']) {
  const page = fileURLToPath(new URL('../../docs/herd.md', import.meta.url));
  const lines = validation.map(({ claim, figure }) => `${claim}: ${figure}`);
  const text = document(herd, panels(), restarts, expiries, await tenthOf(herd), lines);
  await writeFile(page, await format(text, { ...(await resolveConfig(page)), filepath: page }));
}
prove(claims);

function panels(): Panel[] {
  const tokens = (within: number, title: string): Panel => ({
    title,
    axis: 'seconds from the expiry of the first token',
    from: -70_000,
    to: 70_000,
    ours: kept.get(`expiry ${within} ours`)!.tokens,
    theirs: kept.get(`expiry ${within} when closed`)!.tokens,
  });
  return [
    {
      title: 'The hub is down for 5 s: connects',
      axis: 'seconds from the restart',
      from: -5_000,
      to: 30_000,
      ours: kept.get('restart 5000 ours')!.connects,
      theirs: kept.get('restart 5000 signalr')!.connects,
      down: { from: 0, to: 5_000 },
    },
    tokens(60_000, 'Tokens of one minute expire: requests for tokens'),
    tokens(1_000, 'Tokens of one second expire: requests for tokens'),
  ];
}
