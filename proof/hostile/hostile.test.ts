import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('20,000 hostile inputs of all kinds come to typed errors or correct results, and nothing is left', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  // In a process of its own, as `npm run proof` does it: whatever nobody catches is for the run to count.
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', main, '--cases=20000', '--seed=8'],
    { maxBuffer: 2 ** 26 },
  ).catch((failed: { stdout: string; stderr: string }) => failed);
  const claims = stdout.split('\n').filter((line) => /^[✓✗]/.test(line));
  expect([claims.length, claims.filter((line) => line.startsWith('✗')), stderr]).toEqual([3, [], '']);
});
