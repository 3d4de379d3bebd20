/// <reference types="node" />
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { withClaims } from './document.ts';
import { cited, claims, suiteOf } from './suites.ts';

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

test.each(cited)('%s has the test that SECURITY.md counts on: “%s”', (file, name) => {
  expect(existsSync(path(file))).toBe(true);
  // As it stands there: between quotes, so that half a name is none.
  const quoted = ["'", '"', '`'].map((quote) => quote + name + quote);
  expect(quoted.some((text) => readFileSync(path(file), 'utf8').includes(text))).toBe(true);
  expect(suiteOf(file).project).toBeTruthy();
});

test('each claim has a test, and none is made twice', () => {
  expect(claims.filter(({ tests }) => tests.length === 0)).toEqual([]);
  expect(new Set(claims.map(({ cannot }) => cannot)).size).toBe(claims.length);
});

test('the table of SECURITY.md is up to date: `npx tsx --tsconfig tsconfig.json proof/security/print.ts`', async () => {
  const file = path('SECURITY.md');
  const page = readFileSync(file, 'utf8');
  expect(page).toBe(await format(withClaims(page), { ...(await resolveConfig(file)), filepath: file }));
});
