/// <reference types="node" />

/** What is claimed, and what was seen of it: a row of the table. */
export interface Claim {
  /** A fact, in the words of an app: `After 10,000 reconnects the heap is as it was`. */
  claim: string;
  /** What it was shown on: `test hub`, `ASP.NET Core 10`, `Chromium 147 and ASP.NET Core 10`, `simulation`. */
  server: string;
  /** What was counted or measured, with its unit. */
  figure: string;
  /** Gives the same run again; null where nothing was drawn. */
  seed: number | null;
  holds: boolean;
}

/** Prints them, tells them to `main.ts` where that has started this process, and lets the process fail if one does not hold. */
export function prove(claims: readonly Claim[]): void {
  for (const { claim, server, figure, seed, holds } of claims) {
    console.log(`${holds ? '✓' : '✗'} ${claim} · ${server} · ${figure}${seed === null ? '' : ` · seed ${seed}`}`);
  }
  process.send?.(claims);
  if (claims.some(({ holds }) => !holds)) process.exitCode = 1;
}
