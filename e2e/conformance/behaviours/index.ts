import type { Behaviour } from '../behaviour.ts';
import { authentication, expiry } from './authentication.ts';
import { badInput } from './bad-input.ts';
import { client } from './client.ts';
import { clientResults } from './client-results.ts';
import { closing } from './closing.ts';
import { groupsAndUsers } from './groups-and-users.ts';
import { handshakes } from './handshake.ts';
import { invocations } from './invocations.ts';
import { keepAlive } from './keep-alive.ts';
import { negotiation, requests } from './negotiate.ts';
import { refreshes } from './refresh.ts';
import { streams } from './streams.ts';
import { eventStreams, longPolling, transportRules } from './transports.ts';
import { uploads } from './uploads.ts';

/** All of them, in the order of the table. */
export const behaviours: readonly Behaviour[] = [
  ...negotiation,
  ...requests,
  ...handshakes,
  ...invocations,
  ...streams,
  ...uploads,
  ...clientResults,
  ...groupsAndUsers,
  ...closing,
  ...badInput,
  ...authentication,
  ...expiry,
  ...keepAlive,
  ...transportRules,
  ...eventStreams,
  ...longPolling,
  ...refreshes,
  ...client,
];
