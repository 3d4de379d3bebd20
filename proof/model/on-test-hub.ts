import { type Report, runSchedules } from './run.ts';
import { onTestHub } from './virtual-world.ts';

/** In one file with all that it needs: `importBundled`. */
export function runOnTestHub(steps: number, seed: number, tell?: (steps: number) => void): Promise<Report> {
  return runSchedules(onTestHub, steps, seed, tell);
}
