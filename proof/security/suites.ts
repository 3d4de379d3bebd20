import { attackers, type Cited, type SecurityClaim } from './claims.ts';

export const claims: readonly SecurityClaim[] = attackers.flatMap((attacker) => attacker.claims);
export const cited: readonly Cited[] = claims.flatMap(({ tests }) => tests);

/** The suite of vitest.workspace.ts that runs a file, and what stands on the other side there. */
const suites: readonly [path: RegExp, project: string, server: string][] = [
  [/^packages\//, 'unit', 'test hub'],
  [/^e2e\/scenarios\//, 'scenarios', 'test hub'],
  [/^e2e\/identity\//, 'identity', 'ASP.NET Core'],
  [/^e2e\/chromium\/example-(bff|news|spa-password)/, 'examples', 'Chromium, ASP.NET Core'],
  [/^e2e\/chromium\//, 'chromium', 'Chromium, test hub'],
  [/^proof\//, 'proof', 'Node'],
];

export function suiteOf(file: string): { project: string; server: string } {
  const [, project, server] = suites.find(([path]) => path.test(file)) ?? [];
  if (!project || !server) throw new Error(`No suite runs ${file}.`);
  return { project, server };
}

/** Each kind of server once: `test hub; Chromium, ASP.NET Core`. */
export function serversOf({ tests }: SecurityClaim): string {
  return [...new Set(tests.map(([file]) => suiteOf(file).server))].join('; ');
}

/** What a name becomes when it is run: each `%s` something else. */
export function pattern(name: string): string {
  return name.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&').replace(/%[sdijo]/g, '.*');
}
