/// <reference types="node" />
import { parseArgs } from 'node:util';

/** A cell: the median, and how far it spreads. */
export function spread(figures: readonly number[], digits = 1): string {
  if (figures.length === 0) return '–';
  const least = percentile(figures, 0);
  const most = percentile(figures, 1);
  const median = percentile(figures, 0.5).toFixed(digits);
  return least === most ? median : `${median} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

/** @param at 0 is the least, 0.5 the median, 1 the most */
export function percentile(figures: readonly number[], at: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

export function printTable(title: string, rows: Record<string, Record<string, string | number>>): void {
  console.log(`\n${title}`);
  console.table(rows);
}

/** `--name=12` of the command line. */
export function numberOption(name: string, standard: number): number {
  const given = option(name);
  if (given === undefined) return standard;
  const number = Number(given);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0: --${name}=${standard}`);
  return number;
}

/** `--name=text` of the command line. */
export function option(name: string): string | undefined {
  const given = parseArgs({ strict: false }).values[name];
  return typeof given === 'string' ? given : undefined;
}
