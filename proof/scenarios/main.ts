/// <reference types="node" />
/**
 * The acceptance scenarios, each as its tests say: those whose name begins with its number, on each server that it is asked of.
 */
import { type Claim, prove } from '../claim.ts';
import { runTests, type TestResult } from '../run-tests.ts';
import { type Scenario, scenarios, type Server } from './scenarios.ts';

const numbered = /^(\d+)\. /;
const projects = ['unit', 'scenarios', 'chromium', 'aspnetcore', 'identity', 'proof', 'proof-aspnetcore'];

interface Shown {
  readonly number: number;
  readonly where: string;
  readonly passed: boolean;
}

const shown: Shown[] = [];
for (const project of projects) {
  const results = await runTests(['--project', project, '--testNamePattern', String.raw`(^|\s)\d+\. `]);
  for (const result of results) {
    const number = [...result.groups, result.name].map((name) => numbered.exec(name)?.[1]).find(Boolean);
    if (number) shown.push({ number: Number(number), where: placeOf(project, result), passed: result.passed });
  }
}

prove(Object.entries(scenarios).flatMap(([number, scenario]) => claimsOf(Number(number), scenario)));

function claimsOf(number: number, { title, on }: Scenario): Claim[] {
  const mine = shown.filter((one) => one.number === number);
  const places = [...new Set(mine.map(({ where }) => where))].sort();
  const missing = on.filter((server) => !places.some((place) => covers(place, server)));
  return [...places, ...missing].map((place) => {
    const here = mine.filter(({ where }) => where === place);
    const passed = here.filter((one) => one.passed).length;
    const tests = here.length === 1 ? '1 test' : `${here.length} tests`;
    return {
      claim: `${number}. ${title}`,
      server: place,
      figure: passed === here.length ? tests : `${passed} of ${tests}`,
      seed: null,
      holds: here.length > 0 && passed === here.length,
    };
  });
}

function placeOf(project: string, { file }: TestResult): string {
  const server = /aspnetcore|identity/.test(project) ? 'ASP.NET Core' : 'test hub';
  return file.includes('e2e/chromium/') ? `Chromium and ${server}` : server;
}

function covers(place: string, server: Server): boolean {
  return place === server || (server === 'Chromium' && place.startsWith(server));
}
