/// <reference types="node" />
import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { percentile } from './table.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * What V8 compiles on the way is in the heap, too: about 1 MB of machine code within some thousand reconnects, whichever client.
 * It would hide what is looked for. Chromium takes the same as `--js-flags`.
 */
export const steadyHeap = ['--no-opt', '--no-sparkplug', '--no-flush-bytecode'];

/** To be called before anything is measured. */
export function keepHeapSteady(): void {
  steadyHeap.forEach(setFlagsFromString);
}

/** Speed counts again, and the heap no more. */
export function letHeapGrow(): void {
  steadyHeap.forEach((flag) => setFlagsFromString(flag.replace('--no-', '--')));
}

/** Bytes of this process, once garbage was collected, less the code that V8 says it has compiled. */
export function heapNow(): number {
  collectGarbage();
  const code = getHeapCodeStatistics();
  return process.memoryUsage().heapUsed - code.code_and_metadata_size - code.bytecode_and_metadata_size;
}

/** From the median of the first quarter to that of the last: one look tells little. */
export function growth(looks: readonly number[]): number {
  const quarter = Math.ceil(looks.length / 4);
  return percentile(looks.slice(-quarter), 0.5) - percentile(looks.slice(0, quarter), 0.5);
}
