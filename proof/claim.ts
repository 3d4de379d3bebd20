/// <reference types="node" />

/** What is claimed, and what was seen of it: a row of the table. */
export interface Claim {
  /** A fact, in the words of an app: `After 10,000 reconnects the heap is as it was`. */
  claim: string;
  /** What it was shown on: `test hub`, `ASP.NET Core 10`, `Chromium 147 and ASP.NET Core 10`, `simulation`. */
  server: string;
  /** What was counted or measured, with its unit. */
  figure: string;
  /** Draws the same again; null where nothing was drawn. */
  seed: number | null;
  /** Null: it cannot be tried here; the figure says why, and what would help. */
  holds: boolean | null;
}

/** What cannot be tried is no failure, but where it must be: in CI. */
export const fails = ({ holds }: Claim): boolean => holds === false || (holds === null && process.env['CI'] === 'true');

export const marks = new Map<boolean | null, string>([
  [true, '✓'],
  [false, '✗'],
  [null, 'not tried'],
]);

/** Prints them, tells them to `main.ts` where that has started this process, and lets the process fail if one does not hold. */
export function prove(claims: readonly Claim[]): void {
  for (const { claim, server, figure, seed, holds } of claims) {
    console.log(`${marks.get(holds)} ${claim} · ${server} · ${figure}${seed === null ? '' : ` · seed ${seed}`}`);
  }
  process.send?.(claims);
  if (claims.some(fails)) process.exitCode = 1;
}
