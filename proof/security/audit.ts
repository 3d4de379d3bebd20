/// <reference types="node" />
import { execFile } from 'node:child_process';
import type { Claim } from '../claim.ts';

const published = ['core', 'react', 'vue', 'testing'].map((name) => `--workspace=packages/${name}`);

/** What is known of the dependencies: of those that users install with the packages, then of all, tools included. */
export async function audits(root: string): Promise<Claim[]> {
  return [
    await audit(root, 'what the published packages bring along', ['--omit=dev', ...published]),
    await audit(root, 'what they are made and tested with', []),
  ];
}

async function audit(root: string, what: string, options: string[]): Promise<Claim> {
  const command = ['audit', ...options];
  const found = await new Promise<number | null>((resolve) => {
    execFile('npm', [...command, '--json'], { cwd: root, maxBuffer: 2 ** 26 }, (_, answer) => resolve(countOf(answer)));
  });
  const figure =
    found === null
      ? `the registry in use answers no audits: \`npm ${command.join(' ')}\` with npm's own`
      : `${found} findings`;
  const holds = found === null ? null : found === 0;
  return { claim: `No known hole is in ${what}.`, server: 'npm audit', figure, seed: null, holds };
}

/** Null where npm got no answer. */
function countOf(answer: string): number | null {
  try {
    const { metadata } = JSON.parse(answer) as { metadata?: { vulnerabilities?: { total?: number } } };
    return metadata?.vulnerabilities?.total ?? null;
  } catch {
    return null;
  }
}
