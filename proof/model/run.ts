/// <reference types="node" />
import fc from 'fast-check';
import { finale } from './finale.ts';
import { createWatchdog } from './invariants.ts';
import { schedules, type Stage } from './schedule.ts';
import { seeded } from './virtual-time.ts';
import { createVirtualWorld, type WorldSettings, worldSettings } from './virtual-world.ts';
import type { Expected } from './world.ts';

export interface Report {
  steps: number;
  schedules: number;
  seconds: number;
  /** How often each thing was done, and each event came. */
  deeds: Map<string, number>;
  events: Map<string, number>;
  /** The shortest schedule that shows it; null where none was found. */
  failure: string | null;
}

/** Steps of one schedule at most. */
const length = 100;

/** Runs schedules on the test hub until so many steps are taken, or one fails. */
export async function runModel(steps: number, seed: number, tell: (steps: number) => void = () => {}): Promise<Report> {
  const started = performance.now();
  const report: Report = { steps: 0, schedules: 0, seconds: 0, deeds: new Map(), events: new Map(), failure: null };
  const chance = seeded(seed);
  const batches = (): number => Math.floor(chance() * 2 ** 31);
  while (report.steps < steps && !report.failure) {
    const property = fc.asyncProperty(worldSettings, schedules(length, true), (settings, commands) =>
      live(settings, commands, report),
    );
    const outcome = await fc.check(property, { seed: batches(), numRuns: 50 });
    if (outcome.failed) report.failure = told(outcome);
    tell(report.steps);
  }
  report.seconds = (performance.now() - started) / 1000;
  return report;
}

async function live(
  settings: WorldSettings,
  commands: Iterable<fc.AsyncCommand<Expected, Stage>>,
  report: Report,
): Promise<void> {
  const world = createVirtualWorld(settings);
  try {
    const watchdog = createWatchdog(world);
    const model: Expected = {
      frozen: false,
      late: false,
      clients: world.clients.map(() => ({ intent: false, disposed: false, wishes: [] })),
    };
    const stage: Stage = {
      world,
      watchdog,
      longest: Infinity,
      did({ text }) {
        report.steps += 1;
        count(report.deeds, text.replace(/ \([AB]\)$/, ''), 1);
      },
    };
    report.schedules += 1;
    await fc.asyncModelRun(() => ({ model, real: stage }), commands);
    await finale(world, model, watchdog);
    for (const { counts } of world.clients) for (const [type, times] of counts) count(report.events, type, times);
  } finally {
    await world.end();
  }
}

function count(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}

function told(outcome: fc.RunDetails<[WorldSettings, Iterable<fc.AsyncCommand<Expected, Stage>>]>): string {
  const [settings, commands] = outcome.counterexample ?? [];
  const error = outcome.errorInstance;
  return [
    `seed ${outcome.seed}, path ${outcome.counterexamplePath}, shrunk ${outcome.numShrinks} times`,
    JSON.stringify(settings),
    String(commands)
      .split(',')
      .map((step) => `  ${step}`)
      .join('\n'),
    error instanceof Error ? error.stack : String(error),
  ].join('\n');
}
