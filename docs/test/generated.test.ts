/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { pages } from '../tools/blocks.ts';
import { drawLifeCycle, edgesOf } from '../tools/draw-life-cycle.ts';
import { errorCodesPage } from '../tools/error-codes.ts';
import { document, type Proof } from '../../proof/document.ts';
import { parts } from '../../proof/parts.ts';

const file = (name: string): string => join(import.meta.dirname, '..', name);
const read = (name: string): string => readFileSync(file(name), 'utf8');

test('docs/error-codes.md is up to date: `npm run docs:errors`', async () => {
  const options = await resolveConfig(file('error-codes.md'));
  expect(read('error-codes.md')).toBe(await format(errorCodesPage(), { ...options, parser: 'markdown' }));
});

test('docs/proof.md is what was seen, and nothing else: `npm run proof`', async () => {
  const proof = JSON.parse(read('proof.json')) as Proof;
  const options = await resolveConfig(file('proof.md'));
  expect(Object.keys(proof)).toEqual(Object.keys(parts).filter((name) => name in proof));
  expect(read('proof.md')).toBe(await format(document(proof, parts), { ...options, parser: 'markdown' }));
});

test('a part of docs/proof.md says on which commit it was run, where that is known', () => {
  const part = { date: '2026-11-30', seconds: 75, claims: [] };
  const page = document({ model: { ...part, commit: 'caf3bdc+' }, herd: part }, parts);
  expect(page.match(/\*2026.*?\*/g)).toEqual(['*2026-11-30, caf3bdc+, 1 min 15 s*', '*2026-11-30, 1 min 15 s*']);
});

test('each error code has its remedy, and the messages of the code', () => {
  const page = errorCodesPage();
  expect(page.match(/^## /gm)).toHaveLength(20);
  expect(page.match(/\*\*What to do:\*\* \w/g)).toHaveLength(20);
  expect(page).toContain('“The connection was lost under');
  expect(page).toContain('“The hub no longer accepts the cookies.”');
});

test('the contract of docs/typed-hubs.md is the one that the examples are compiled and run with', () => {
  const [, code] = read('test/chat-hub.ts').split('*/\n');
  expect(read('typed-hubs.md')).toContain(`// chat-hub.ts\n${code}`);
});

test('the picture shows each transition of docs/transitions.md, those there and back in one line', () => {
  const text = read('transitions.md');
  const listed = [...text.matchAll(/^\| (\w+) +\| (\w+) +\| .*[a-z].*\|$/gm)].map(([, from, to]) => `${from} ${to}`);
  const drawn = edgesOf(text).flatMap(({ from, to, both }) =>
    both ? [`${from} ${to}`, `${to} ${from}`] : [`${from} ${to}`],
  );
  expect(listed.length).toBeGreaterThan(10);
  expect(drawn.sort()).toEqual(listed.filter((pair) => pair !== 'from to').sort());
  expect(drawLifeCycle(text).match(/<path marker/g)).toHaveLength(edgesOf(text).length);
});

test('a phase without a place in the picture is an error that says where to give it one', () => {
  expect(() => drawLifeCycle('  stopped --> lost')).toThrow(
    "docs/tools/draw-life-cycle.ts has no place for the phase 'lost'.",
  );
});

test('what a page includes of another file is there: VitePress would include all of it', () => {
  const includes = pages.flatMap((page) => {
    const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8');
    return [...text.matchAll(/<!--@include: (\S+?)#(\S+?)-->/g)].map(([, path = '', region = '']) => ({
      region,
      text: readFileSync(join(import.meta.dirname, '../..', dirname(page), path), 'utf8'),
    }));
  });
  expect(includes.map(({ region }) => region).sort()).toEqual(['composables', 'hooks', 'picture']);
  const open = includes.filter(
    ({ region, text }) =>
      !text.includes(`<!-- #region ${region} -->`) || !text.includes(`<!-- #endregion ${region} -->`),
  );
  expect(open).toEqual([]);
});
