/// <reference types="node" />
/** What was asked of a figure, and what it is. */
export interface Verdict {
  what: string;
  measured: string;
  asked: string;
  holds: boolean;
}

export function atMost(what: string, measured: number, limit: number, unit = ''): Verdict {
  return verdict(what, measured, `≤ ${limit}${unit}`, measured <= limit, unit);
}

export function atLeast(what: string, measured: number, limit: number, unit = ''): Verdict {
  return verdict(what, measured, `≥ ${limit}${unit}`, measured >= limit, unit);
}

export function exactly(what: string, measured: number, wanted: number): Verdict {
  return verdict(what, measured, `${wanted}`, measured === wanted, '');
}

function verdict(what: string, measured: number, asked: string, holds: boolean, unit: string): Verdict {
  const figure = Number.isInteger(measured) ? String(measured) : measured.toFixed(Math.abs(measured) < 10 ? 3 : 0);
  return { what, measured: `${figure}${unit}`, asked, holds };
}

/** Prints them, tells them to `main.ts` where that has started this process, and lets the process fail if one does not hold. */
export function judge(verdicts: readonly Verdict[]): void {
  printVerdicts('What is asked', verdicts);
  process.send?.(verdicts);
  if (verdicts.some(({ holds }) => !holds)) process.exitCode = 1;
}

export function printVerdicts(title: string, verdicts: readonly Verdict[]): void {
  console.log(`\n${title}`);
  console.table(
    Object.fromEntries(
      verdicts.map(({ what, measured, asked, holds }) => [what, { measured, asked, holds: holds ? 'yes' : 'NO' }]),
    ),
  );
}
