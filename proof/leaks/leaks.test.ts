/// <reference types="node" />
/** A hundred times of what `main.ts` does 10,000 times; what is left is counted, and the heap left to that. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NodeHub, openNodeHub } from '../../bench/node-hub.ts';
import { outages, reconnects, rotations } from './connections.ts';
import { calls, clients, groups, starts, users } from './lives.ts';
import { measure, nothing, type Routine } from './routine.ts';

let hub: NodeHub;
beforeAll(async () => {
  hub = await openNodeHub();
});
afterAll(() => hub.stop());

const often = [starts, users, groups, calls, clients, reconnects, rotations('refresh'), rotations('overlap')];
const all: [times: number, name: string, routine: Routine][] = [
  ...often.map((routine): [number, string, Routine] => [100, routine.name, routine]),
  [10, outages.name, outages],
];
test.each(all)('nothing is left of %d × %s', async (times, _, routine) => {
  const { more, left, timers } = await measure(routine, hub, times, 1);
  expect({ more, left, timers }).toEqual({ more: nothing, left: nothing, timers: [] });
});
