/// <reference types="node" />
import fc from 'fast-check';
import { kindOf, mustOccur, mustOccurOnTestHub } from './commands.ts';
import { finale } from './finale.ts';
import { createWatchdog } from './invariants.ts';
import { schedules, type Stage } from './schedule.ts';
import { seeded } from '../../e2e/seeded.ts';
import type { Expected, World, WorldSettings } from './world.ts';

/** Where schedules run: a server, and its kind of time. */
export interface Place {
  /** Time passes when it is told to, and a schedule that failed does so again. */
  readonly virtual: boolean;
  readonly settings: fc.Arbitrary<WorldSettings>;
  /** Ms that one pause may take. */
  readonly longest: number;
  open(settings: WorldSettings): Promise<World & { end(): Promise<void> }>;
}

export interface Report {
  steps: number;
  schedules: number;
  seconds: number;
  /** How often each kind of thing was done, and each event came, before the finales. */
  deeds: Map<string, number>;
  events: Map<string, number>;
  /** What must occur, and did not. */
  missed: string[];
  /** The shortest schedule that shows it; null where none was found. */
  failure: string | null;
}

/** Steps of one schedule at most. */
const length = 100;

/** Runs schedules until so many steps are taken, or one fails. */
export async function runSchedules(
  place: Place,
  steps: number,
  seed: number,
  tell: (steps: number) => void = () => {},
): Promise<Report> {
  const started = performance.now();
  const report: Report = {
    steps: 0,
    schedules: 0,
    seconds: 0,
    deeds: new Map(),
    events: new Map(),
    missed: [],
    failure: null,
  };
  const next = seeded(seed);
  while (report.steps < steps && !report.failure) {
    const property = fc.asyncProperty(place.settings, schedules(length, place.virtual), (settings, commands) =>
      live(place, settings, commands, report),
    );
    const outcome = await fc.check(property, {
      seed: Math.floor(next() * 2 ** 31),
      numRuns: place.virtual ? 50 : 1,
      endOnFailure: !place.virtual,
    });
    if (outcome.failed) report.failure = told(outcome);
    tell(report.steps);
  }
  const kinds = [...mustOccur, ...(place.virtual ? mustOccurOnTestHub : [])];
  report.missed = kinds.filter((kind) => !report.deeds.has(kind));
  if (!report.events.has('rotated')) report.missed.push('rotation');
  report.seconds = (performance.now() - started) / 1000;
  return report;
}

async function live(
  place: Place,
  settings: WorldSettings,
  commands: Iterable<fc.AsyncCommand<Expected, Stage>>,
  report: Report,
): Promise<void> {
  const world = await place.open(settings);
  try {
    const watchdog = createWatchdog(world);
    const model: Expected = {
      frozen: false,
      clients: world.clients.map(() => ({ intent: false, disposed: false, wishes: [] })),
    };
    const stage: Stage = {
      world,
      watchdog,
      longest: place.longest,
      did(deed) {
        report.steps += 1;
        count(report.deeds, kindOf(deed), 1);
      },
    };
    report.schedules += 1;
    await fc.asyncModelRun(() => ({ model, real: stage }), commands);
    for (const { counts } of world.clients) for (const [type, times] of counts) count(report.events, type, times);
    await finale(world, model, watchdog);
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
    `fast-check: seed ${outcome.seed}, path ${outcome.counterexamplePath}, shrunk ${outcome.numShrinks} times`,
    JSON.stringify(settings),
    [...(commands ?? [])].map((step) => `  ${step.toString()}`).join('\n'),
    error instanceof Error ? error.stack : String(error),
  ].join('\n');
}
