/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** A comment with the path of a file, and then a block of code. */
const shown = [...readme.matchAll(/<!-- (\S+) -->\n\n```\w+\n(.*?\n)```/gs)].map(
  ([, path, code]) => [path!, code!] as const,
);

test('the README shows its quick start and three recipes', () => {
  expect(shown.map(([path]) => path)).toEqual([
    'examples/testing/quick-start.test.ts',
    'examples/testing/room-hub.ts',
    'examples/testing/Room.tsx',
    'examples/testing/Room.dom.test.tsx',
    'examples/testing/Room.stories.tsx',
    'examples/testing/.storybook/preview.ts',
    'examples/testing/.storybook/main.ts',
    'e2e/chromium/testing-playwright.test.ts',
  ]);
});

test.each(shown)('what it shows of %s is the file that runs', (path, code) => {
  expect(code).toBe(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
});

/** The members of an interface, as its source lists them. */
function membersOf(file: string, name: string): string[] {
  const source = readFileSync(new URL(`../src/api/${file}`, import.meta.url), 'utf8');
  const body = new RegExp(`^export interface ${name}\\b.*?^}`, 'ms').exec(source)![0];
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:<]/gm)].map(([, member]) => member!);
}

test.each([
  ['options.ts', 'TestHubOptions', 'methods'],
  ['hub.ts', 'TestHub', 'restart'],
  ['events.ts', 'TestHubEvents', 'joined'],
  ['in-process.ts', 'InProcess', 'httpClient'],
] as const)('it leaves nothing out of %s: %s', (file, name, known) => {
  const members = membersOf(file, name);
  expect(members).toContain(known);
  expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(readme))).toEqual([]);
});
