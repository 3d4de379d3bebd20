/// <reference types="node" />
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { dotnet } from '../capabilities.js';
import { behaviours } from './behaviours/index.ts';
import { document } from './document.ts';
import { run } from './run.ts';
import { examinations, isCovered } from './servers/index.ts';
import type { Examination } from './servers/index.ts';
import { printTable } from './table.ts';
import type { Column, Mark, Row } from './table.ts';

// `npm run conformance`: every behaviour on both servers, as a table. `-- --write` puts it into docs/conformance.md;
// `-- --server=node --only=uploads` looks at a part.
const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    server: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});

const atOnce = 12;
const chosen = behaviours.filter(({ group, name }) => `${group}: ${name}`.includes(options.only));

async function examine(examination: Examination): Promise<{ columns: Column[]; marks: Mark[][] }> {
  const { server: name, start, ways, protocol } = examination;
  const server = await start();
  const columns = ways.map((way) => ({ server: name, way }));
  const marks = chosen.map(() => ways.map((): Mark => '–'));
  const jobs = chosen.flatMap((behaviour, row) =>
    ways.flatMap((way, column) => (isCovered(examination, behaviour, way) ? [{ behaviour, row, way, column }] : [])),
  );
  async function work(): Promise<void> {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const { behaviour, row, way, column } = job;
      const { passed, observed, expected } = await run(behaviour, server, way, protocol?.());
      marks[row]![column] = passed ? '✓' : '✗';
      if (passed) continue;
      console.error(`✗ ${name}, ${way}: ${behaviour.group}: ${behaviour.name}`);
      console.error(`  observed ${show(observed)}\n  expected ${show(expected)}`);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  await server.close();
  return { columns, marks };
}

function show(value: unknown): string {
  return inspect(value, { depth: null, breakLength: Infinity, maxStringLength: 600 });
}

if (chosen.length === 0) {
  console.error(`No behaviour has '${options.only}' in its "group: name".`);
  process.exit(1);
}
const sdk = dotnet();
const asked = examinations.filter(({ key }) => options.server === undefined || options.server === key);
if ('missing' in sdk && asked.some(({ key }) => key === 'aspnetcore')) {
  console.error(`ASP.NET Core cannot be examined here: ${sdk.missing}.`);
  process.exit(1);
}

const results: { columns: Column[]; marks: Mark[][] }[] = [];
// One after the other: they would share the cores, and behaviours with times in them would wait for each other.
for (const examination of asked) results.push(await examine(examination));
const columns = results.flatMap((result) => result.columns);
const rows: Row[] = chosen.map((behaviour, index) => ({
  behaviour,
  marks: results.flatMap(({ marks }) => marks[index]!),
}));
console.log(printTable(columns, rows));
if (options.write) {
  const file = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));
  mkdirSync(fileURLToPath(new URL('../../docs/', import.meta.url)), { recursive: true });
  writeFileSync(file, document(columns, rows));
  execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', file]);
}
process.exit(rows.some(({ marks }) => marks.includes('✗')) ? 1 : 0);
