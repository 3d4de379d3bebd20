/// <reference types="node" />
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { type Block, blocksOf, pages, writeBlocks } from '../tools/blocks.ts';

const repository = join(import.meta.dirname, '../..');
const blocks = pages.flatMap(blocksOf).filter(({ language }) => language !== 'cs');
/** What the compiler says, by file. */
const complaints = new Map<string, string[]>();

beforeAll(async () => {
  const folder = writeBlocks('types', blocks);
  const include = ['**/*', '../../test/ambient.d.ts'];
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../../tsconfig.json', include }));
  const said = await promisify(execFile)('npx', ['vue-tsc', '--noEmit', '--pretty', 'false', '-p', folder], {
    cwd: repository,
  }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
  for (const complaint of said.split(/\n(?=\S)/)) {
    const [, file = '', line = '', message = complaint] =
      /^docs\/\.blocks\/types\/(.+?)\((\d+),\d+\): ([^]+)$/.exec(complaint) ?? [];
    if (message.trim()) complaints.set(file, [...(complaints.get(file) ?? []), `${line}: ${message}`]);
  }
}, 120_000);

/** Lines as in the page. */
function complaintsOf({ page, line, file }: Block): string[] {
  return (complaints.get(file) ?? []).map((complaint) =>
    complaint.replace(/^\d+/, (inBlock) => `${page}:${Number(inBlock) + line - 1}`),
  );
}

test.each(blocks)('$page:$line compiles', (block) => {
  expect(complaintsOf(block)).toEqual([]);
});

test('the compiler has nothing else to complain of, but of the packages, which `npm run types` checks', () => {
  const files = new Set(blocks.map(({ file }) => file));
  const others = [...complaints].filter(([file]) => !files.has(file)).flatMap(([, said]) => said);
  expect(others.filter((complaint) => !complaint.startsWith(': packages/'))).toEqual([]);
});
