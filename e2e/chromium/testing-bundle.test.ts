import { build } from 'esbuild';
import { expect, test } from 'vitest';

// Bundlers follow dynamic imports, too: what only Node can do is left out by the `browser` field of the package.
test('a bundler for browsers finds nothing of Node in the test hub', async () => {
  const { errors, outputFiles } = await build({
    stdin: { contents: `export { createTestHub } from './packages/testing/dist/index.js';`, resolveDir: process.cwd() },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    outdir: 'bundle',
    write: false,
    logLevel: 'silent',
  });
  const code = outputFiles.map(({ text }) => text).join('\n');
  expect([errors, /(from|import\(|require\()\s*["']node:/.exec(code)]).toEqual([[], null]);
  expect(code).toContain('createTestHub');
});
