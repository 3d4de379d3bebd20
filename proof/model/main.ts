/// <reference types="node" />
/**
 * Anything in any order (scenario 28): schedules that fast-check makes, of all that an app, its server, its network, its token
 * end point and its page can do, with any timing, for two clients of one token source. What must hold at any moment is looked at
 * after each step, what must hold at rest after each step that comes to rest, and at the end everything must come to rest, to
 * life, and to an end that leaves nothing.
 *
 * `--steps=1000000`, `--steps-aspnetcore=500` in real time (0: not at all), `--seed=7`
 */
import type { HubEvent } from '@org/hub-core';
import { prove } from '../claim.ts';
import { importBundled } from '../bundled.ts';
import { numberOption, seed } from '../options.ts';
import { startOnAspNetCore } from './aspnetcore-world.ts';
import type * as bundled from './on-test-hub.ts';
import { type Report, runSchedules } from './run.ts';

const steps = numberOption('steps', 1_000_000);
const stepsOnAspNetCore = numberOption('steps-aspnetcore', 500);

const claimed =
  'after every step no second link but where one takes the other’s place, no second token request, and a snapshot that does ' +
  'not contradict itself; whenever it is at rest silence while disconnected, two links no longer than an overlap can last, ' +
  'each wanted group joined, joining within its time-out, or its failure told, and no silent gap; at the end every promise ' +
  'settles, nothing is left';

const { runOnTestHub } = await importBundled<typeof bundled>('model/on-test-hub.ts');
const tell = (done: number): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} steps`);
};
const onTestHub = await runOnTestHub(steps, seed, tell);
print('test hub, fake time', onTestHub);
prove([
  {
    claim: `Anything in any order, each kind of command among it: ${claimed}`,
    server: 'test hub, fake time',
    figure: figureOf(onTestHub),
    seed,
    holds: !onTestHub.failure && onTestHub.missed.length === 0,
  },
]);

if (stepsOnAspNetCore > 0) {
  const place = await startOnAspNetCore();
  const onAspNetCore = await runSchedules(place, stepsOnAspNetCore, seed);
  const times = (event: HubEvent['type']): string => `${event} ${onAspNetCore.events.get(event) ?? 0} times`;
  await place.stop();
  print('ASP.NET Core, real time', onAspNetCore);
  prove([
    {
      claim: `Anything in any order, but half-open, thaw, delay, garbage, cut, expire and clock jump: ${claimed}`,
      server: 'ASP.NET Core, real time',
      figure: `${figureOf(onAspNetCore)}; before the finales ${times('tokenExpiring')}, ${times('tokenExpired')}, ${times('rotated')}`,
      seed,
      holds: !onAspNetCore.failure,
    },
  ]);
}

function figureOf({ steps: taken, schedules, missed }: Report): string {
  return `${taken} steps in ${schedules} schedules${missed.length > 0 ? `, without ${missed.join(', ')}` : ''}`;
}

function print(server: string, { failure, deeds, events, ...run }: Report): void {
  if (failure) console.error(failure);
  console.log(`${server}: ${run.steps} steps in ${run.schedules} schedules, seed ${seed}, ${run.seconds.toFixed(1)} s`);
  for (const counts of [deeds, events]) {
    const sorted = [...counts].sort(([, a], [, b]) => b - a);
    console.log(sorted.map(([type, times]) => `${type} ${times}`).join(' · '));
  }
}
