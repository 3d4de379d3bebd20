import type { Behaviour } from '../behaviour.ts';
import { handshakes } from './handshake.ts';
import { invocations } from './invocations.ts';
import { negotiation, requests } from './negotiate.ts';
import { streams } from './streams.ts';
import { uploads } from './uploads.ts';

/** All of them, in the order of the table. */
export const behaviours: readonly Behaviour[] = [
  ...negotiation,
  ...requests,
  ...handshakes,
  ...invocations,
  ...streams,
  ...uploads,
];
