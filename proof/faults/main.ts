/// <reference types="node" />
/**
 * Two tabs of one login in a real Chromium, with the React page of the chat, on the ASP.NET Core hub, behind a network that
 * cuts, resets, stalls, delays, throttles and refuses; people type, tokens live for fifteen seconds. Then the network heals, and
 * everything must be as if it had always been well.
 *
 * `--seconds=600`, `--seed=7` (of the faults; what they meet depends on the machine). Needs `npm run build` and
 * `npm run build:pages`.
 */
import { numberOption, seed } from '../options.ts';
import { prove } from '../claim.ts';
import { claimsOf } from './claims.ts';
import { ordeal } from './ordeal.ts';

const options = { seconds: numberOption('seconds', 600), seed };
prove(claimsOf(await ordeal(options), options));
