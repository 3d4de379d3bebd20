/// <reference types="node" />
import { parseArgs } from 'node:util';

/** `--seed=7` of the command line; another one each time, if none is given. */
export const seed = numberOption('seed', Math.floor(Math.random() * 2 ** 31));

/** `--name=12` of the command line; 0 is a number, too. */
export function numberOption(name: string, standard: number): number {
  const given = parseArgs({ strict: false }).values[name];
  if (given === undefined) return standard;
  const number = typeof given === 'string' && given !== '' ? Number(given) : Number.NaN;
  if (!(number >= 0)) throw new Error(`--${name} must be a number: --${name}=${standard}`);
  return number;
}
