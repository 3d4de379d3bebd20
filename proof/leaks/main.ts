/// <reference types="node" />
/**
 * Whatever an app does again and again, thousands of times: nothing grows, and in the end nothing is left. Counted on both
 * sides: heap (after garbage was collected; the median of the last quarter of the looks less that of the first), listeners,
 * timers, sockets, channels, DOM nodes; and on the server connections and memberships of groups.
 *
 * `--times=10000` (of each), `--times-aspnetcore=1000` (none where there is no .NET SDK), `--routine=mount` (what has it in its name)
 */
import { startNodeHub } from '../../bench/node-hub.ts';
import { keepHeapSteady } from '../../bench/heap.ts';
import { startServer } from '../../bench/server.ts';
import { option } from '../../bench/table.ts';
import { dotnet } from '../../e2e/capabilities.ts';
import { type Claim, prove } from '../claim.ts';
import { numberOption } from '../options.ts';
import { endlessStreams, outages, reconnects, rotations } from './connections.ts';
import { calls, clients, groups, starts, users } from './lives.ts';
import { measurePages } from './pages.ts';
import { claimOf, type Routine, type Server } from './routine.ts';

const times = numberOption('times', 10_000);
const timesOfAspNetCore = numberOption('times-aspnetcore', 'missing' in dotnet() ? 0 : Math.min(1_000, times));
const only = option('routine') ?? '';

keepHeapSteady();
const often = [starts, users, groups, calls, clients, reconnects, rotations('refresh'), rotations('overlap')];
const withAspNetCore = [reconnects, rotations('refresh'), rotations('overlap')];
const claims: Claim[] = [];

const hub = await startNodeHub();
await tryAll(often, 'test hub', hub, times);
// Each takes seconds by its nature.
await tryAll([outages, endlessStreams], 'test hub', hub, Math.ceil(times / 50));
claims.push(...(await measurePages(hub, times, only)));
await hub.stop();

if (timesOfAspNetCore > 0) {
  const server = await startServer({ rate: 1, toGroup: true });
  await tryAll(withAspNetCore, 'ASP.NET Core 10', server, timesOfAspNetCore);
  await server.stop();
}
prove(claims);

async function tryAll(routines: readonly Routine[], on: string, server: Server, count: number): Promise<void> {
  for (const routine of routines) {
    if (routine.name.includes(only)) claims.push(await claimOf(routine, on, server, count));
  }
}
