/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { behaviours } from './behaviours/index.ts';

/** Group, name and driver of each row. */
function documented(): string[] {
  const text = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8');
  let group = '';
  return text.split('\n').flatMap((line) => {
    group = /^## (.+)$/.exec(line)?.[1] ?? group;
    const [, name = '', driver = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return ['raw', 'client', 'http'].includes(driver) ? [`${group}: ${name.replaceAll('\\', '')} (${driver})`] : [];
  });
}

test('the table in docs/conformance.md has the behaviours of the code: `npm run conformance -- --write`', () => {
  expect(documented()).toEqual(behaviours.map(({ group, name, driver }) => `${group}: ${name} (${driver})`));
});

test('each behaviour has a name of its own, and there are at least 120', () => {
  const names = behaviours.map(({ group, name }) => `${group}: ${name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(names.length).toBeGreaterThanOrEqual(120);
});

test('the table that is in the docs is green', () => {
  expect(readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')).not.toContain('| ✗');
});
