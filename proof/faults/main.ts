/// <reference types="node" />
/**
 * Two tabs of one login in a real Chromium, with the React page of the chat, on the ASP.NET Core hub, behind a network that
 * cuts, resets, stalls, delays, throttles and refuses; people type, tokens live for fifteen seconds. Then the network heals, and
 * everything must be as if it had always been well.
 *
 * Afterwards the same for a third of the time with pages that have no WebSockets. `--seconds=600`, `--seed=7` (of the faults; what
 * they meet depends on the machine). Needs `npm run build` and `npm run build:pages`. What the tabs have gone through is printed
 * where a claim does not hold.
 */
import { numberOption, seed } from '../options.ts';
import { prove } from '../claim.ts';
import { claimsOf, diariesOf } from './claims.ts';
import { ordeal } from './ordeal.ts';

const seconds = numberOption('seconds', 600);
for (const options of [
  { seconds, seed },
  { seconds: Math.max(30, Math.ceil(seconds / 3)), seed, socketless: true },
]) {
  const seen = await ordeal(options);
  const found = claimsOf(seen, options);
  process.stderr.write(diariesOf(seen, found));
  prove(found);
}
